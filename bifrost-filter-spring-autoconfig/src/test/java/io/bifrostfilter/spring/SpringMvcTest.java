package io.bifrostfilter.spring;

import static io.bifrostfilter.spring.BootApp.CHAT;
import static io.bifrostfilter.spring.BootApp.CHAT_BODY;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An application that has our jar, and says nothing of it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@DisplayName(
    "Handlers that return objects, `DeferredResult`, `CompletableFuture`, "
        + "`StreamingResponseBody`, `SseEmitter`")
class SpringMvcTest {

  private BootApp app;

  @BeforeAll
  void start() {
    app = BootApp.start(Handlers.class);
  }

  @AfterAll
  void stop() {
    app.close();
  }

  @Test
  void aJobIsSubmittedAndPolledByPath() {
    String location = app.submitChat();
    var job = app.whenDone(location);

    assertThat(job.path("status").asText()).isEqualTo("completed");
    assertThat(job.path("status_code").asInt()).isEqualTo(200);
    var result = job.path("result");
    assertThat(result.path("id").asText()).isEqualTo("chatcmpl-1");
    assertThat(result.path("length").asInt()).isEqualTo(CHAT_BODY.length());
    assertThat(result.path("job").asText()).isEqualTo(job.path("id").asText());
    assertThat(result.path("url").asText()).isEqualTo(app.uri(CHAT).toString());
  }

  @Test
  void aJobIsSubmittedAndPolledByHeader() {
    var submitted = app.post(CHAT, CHAT_BODY, "x-bf-async", "true");
    assertThat(submitted.status()).isEqualTo(200);
    assertThat(submitted.json().path("object").asText()).isEqualTo("chat.completion");
    String id = submitted.header("x-bf-async-id");

    var done = app.post(CHAT, CHAT_BODY, "x-bf-async-id", id, "Prefer", "wait=20");

    assertThat(done.status()).isEqualTo(200);
    assertThat(done.json().path("id").asText()).isEqualTo("chatcmpl-1");
    assertThat(done.json().path("job").asText()).isEqualTo(id);
  }

  @Test
  void aCallerThatPrefersAnAsynchronousAnswerGetsOne() {
    var submitted = app.post(CHAT, CHAT_BODY, "Prefer", "respond-async");

    assertThat(submitted.status()).isEqualTo(202);
    assertThat(app.whenDone(submitted.header("Location")).path("status").asText())
        .isEqualTo("completed");
  }

  @ParameterizedTest
  @CsvSource({"embeddings,deferred", "responses,future", "completions,streaming"})
  void whateverAHandlerReturnsIsTheResult(String route, String kind) {
    String body = "{\"model\":\"m\",\"input\":\"Hi\",\"prompt\":\"Hi\"}";
    var job = app.whenDone(app.submit("/v1/async/" + route, body));

    assertThat(job.path("status").asText()).isEqualTo("completed");
    assertThat(job.path("result").path("kind").asText()).isEqualTo(kind);
  }

  @Test
  void anAnswerOfTheApplicationsOwnThatIsNoSuccessIsTheFailure() {
    var submitted = app.post("/v1/nowhere", "{}", "Prefer", "respond-async");
    var job = app.whenDone(submitted.header("Location"));

    assertThat(job.path("status").asText()).isEqualTo("failed");
    assertThat(job.path("status_code").asInt()).isEqualTo(404);
  }

  @Test
  void aRequestThatIsNotAsyncIsUntouched() {
    var reply = app.post(CHAT, CHAT_BODY);

    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.json().path("job").asText()).isEqualTo("null");
    assertThat(reply.json().path("request").asText()).doesNotContain("bifrost");
    assertThat(reply.response().headers().map().keySet())
        .noneMatch(name -> name.toLowerCase(java.util.Locale.ROOT).startsWith("x-"))
        .doesNotContain("cache-control", "Cache-Control");
  }

  @Test
  void eventsOfARequestThatIsNotAsyncArriveAsTheyAreSent() throws Exception {
    var handlers = app.context().getBean(Handlers.class);
    var reply = app.stream("/v1/events", "{}");
    try (var lines =
        new BufferedReader(new InputStreamReader(reply.body(), StandardCharsets.UTF_8))) {
      assertThat(reply.headers().firstValue("Content-Type").orElse(""))
          .startsWith("text/event-stream");
      // The handler sends its last event when this one was seen, and not before.
      assertThat(lines.readLine()).isEqualTo("data:first");
      handlers.gate.countDown();
      assertThat(lines.lines()).contains("data:last");
    }
  }

  @Test
  void theClasspathIsTheOneThatThisRunIsFor() {
    String boot = System.getProperty("expected.boot");
    String server = System.getProperty("expected.server");
    assertThat(org.springframework.boot.SpringBootVersion.getVersion()).isEqualTo(boot);
    assertThat(app.post(CHAT, CHAT_BODY).json().path("request").asText())
        .contains(server.equals("tomcat") ? "catalina" : server);
  }
}

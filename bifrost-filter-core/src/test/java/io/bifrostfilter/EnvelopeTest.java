package io.bifrostfilter;

import static io.bifrostfilter.testing.TestApp.CHAT_BODY;
import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.testing.Container;
import io.bifrostfilter.testing.Handler;
import io.bifrostfilter.testing.TestApp;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.concurrent.CountDownLatch;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Section 3 of the contract: the job envelope, and the calls of the path surface. */
@ParameterizedClass
@EnumSource(Container.class)
class EnvelopeTest {

  private static final String UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
  private static final String TIME = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z";

  private final Container container;

  EnvelopeTest(Container container) {
    this.container = container;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/json; charset=utf8mb4",
        "application/json; charset=utf 8",
        "application/json; charset=\"",
        "application/json;;",
        "json"
      })
  void aContentTypeThatNobodyUnderstandsIsTheHandlersBusiness(String type) {
    try (var app = TestApp.on(container).start(Handler.answeringJson("{}"))) {
      var byPath =
          app.send(
              app.request("POST", "/v1/async/chat/completions", CHAT_BODY)
                  .setHeader("Content-Type", type));
      var byHeader =
          app.send(
              app.request("POST", "/v1/chat/completions", CHAT_BODY)
                  .setHeader("Content-Type", type)
                  .header("x-bf-async", "true"));

      assertThat(byPath.status()).isEqualTo(202);
      assertThat(byHeader.status()).isEqualTo(200);
      assertThat(app.whenChatDone(byPath.json().path("id").asText()).json().path("status").asText())
          .isEqualTo("completed");
    }
  }

  @Test
  void aRequestIdIsKeptIfItIsOne() {
    try (var app = TestApp.on(container).start(Handler.answeringJson("{}"))) {
      for (String id : new String[] {"a b", "tr=1;p=\"x y\"", "x".repeat(200)}) {
        assertThat(requestIdOf(app, id)).isEqualTo(id);
      }
      for (String id : new String[] {"x".repeat(201), "\u00e9"}) {
        assertThat(requestIdOf(app, id)).isNotEqualTo(id).isNotEmpty();
      }
    }
  }

  private static String requestIdOf(TestApp app, String sent) {
    return app.post("/v1/async/chat/completions", CHAT_BODY, "x-request-id", sent)
        .header("x-request-id");
  }

  @Test
  void aSubmitThatWouldWaitForNoTimeAnswersAPendingJob() {
    try (var app = TestApp.on(container).start(Handler.answeringJson("{}"))) {
      var reply = app.post("/v1/chat/completions", CHAT_BODY, "Prefer", "respond-async, wait=0");

      assertThat(reply.status()).isEqualTo(202);
      assertThat(reply.json().path("status").asText()).isEqualTo("pending");
    }
  }

  @Test
  void aSubmitAnswers202WithAPendingJobAndWhereToPollIt() {
    var latch = new CountDownLatch(1);
    try (var app = TestApp.on(container).start(Handler.answeringJson("{}").after(latch))) {
      var reply = app.post("/v1/async/chat/completions", CHAT_BODY);

      assertThat(reply.status()).isEqualTo(202);
      assertThat(reply.header("Content-Type")).isEqualTo("application/json");
      assertThat(reply.header("Cache-Control")).isEqualTo("no-store");
      var job = reply.json();
      assertThat(job.path("id").asText()).matches(UUID);
      assertThat(job.path("status").asText()).isEqualTo("pending");
      assertThat(job.path("created_at").asText()).matches(TIME);
      assertThat(job.fieldNames())
          .toIterable()
          .containsExactly("id", "request_id", "status", "created_at");
      assertThat(reply.header("Location"))
          .isEqualTo("/v1/async/chat/completions/" + job.path("id").asText());
      assertThat(reply.header("x-bf-async-id")).isEqualTo(job.path("id").asText());
      assertThat(reply.header("x-request-id")).isEqualTo(job.path("request_id").asText());
      assertThat(Integer.parseInt(reply.header("Retry-After"))).isBetween(1, 60);
      latch.countDown();
    }
  }

  @Test
  void aTimeHasItsMillisecondsEvenWhereTheyAreZero() {
    for (String now :
        new String[] {
          "2026-02-19T08:10:17.831Z", "2026-02-19T08:10:17.800Z", "2026-02-19T08:00:00.000Z"
        }) {
      var clock = new MovableClock(Instant.parse(now).plusNanos(999_999));
      try (var app =
          TestApp.on(container)
              .jobs(jobs -> jobs.clock(clock))
              .start(Handler.answeringJson("{}"))) {
        var job = app.post("/v1/async/chat/completions", CHAT_BODY).json();

        assertThat(job.path("created_at").asText()).isEqualTo(now);
      }
    }
  }

  @Test
  void aPollOfAJobThatIsDoneShowsTheResultByteForByte() {
    String result =
        "{\"b\":1.10000000000000000001,  \"a\":[1e400,\"\\u00e4\"],\"c\":12345678901234567890}";
    try (var app = TestApp.on(container).start(Handler.answeringJson(result))) {
      var reply = app.whenChatDone(app.submitChat());

      assertThat(reply.status()).isEqualTo(200);
      assertThat(reply.text()).endsWith("\"status_code\":200,\"result\":" + result + "}");
      var job = reply.json();
      assertThat(job.path("status").asText()).isEqualTo("completed");
      assertThat(job.path("completed_at").asText()).matches(TIME);
      assertThat(job.path("expires_at").asText()).matches(TIME);
      assertThat(job.has("error")).isFalse();
    }
  }

  @Test
  void aBodyThatIsNotJsonComesInBase64AndAudioTwice() {
    byte[] bytes = {0, 1, 2, (byte) 0xff};
    Handler speech =
        (request, response) -> {
          response.setContentType("audio/mpeg");
          response.getOutputStream().write(bytes);
        };
    try (var app = TestApp.on(container).start(speech)) {
      String id = app.submit("audio/speech", "{\"model\":\"tts\",\"input\":\"Hi\"}");
      var result = app.whenDone("audio/speech", id).json().path("result");

      String base64 = Base64.getEncoder().encodeToString(bytes);
      assertThat(result.path("content_type").asText()).isEqualTo("audio/mpeg");
      assertThat(result.path("encoding").asText()).isEqualTo("base64");
      assertThat(result.path("data").asText()).isEqualTo(base64);
      assertThat(result.path("audio").asText()).isEqualTo(base64);
    }
  }

  @Test
  void aBodyThatOnlyClaimsToBeJsonComesInBase64() {
    String[] bodies = {"{\"a\":", "{} {}", "{\"a\":1}x", "not json", "\u0000"};
    for (String body : bodies) {
      try (var app = TestApp.on(container).start(Handler.answeringJson(body))) {
        var result = app.whenChatDone(app.submitChat()).json().path("result");

        assertThat(result.path("content_type").asText()).startsWith("application/json");
        assertThat(
                new String(
                    Base64.getDecoder().decode(result.path("data").asText()),
                    StandardCharsets.UTF_8))
            .isEqualTo(body);
        assertThat(result.has("audio")).isFalse();
      }
    }
  }

  @Test
  void aBodyThatTheHandlerCompressedUnaskedSaysHow() throws IOException {
    var compressed = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(compressed)) {
      gzip.write("{}".getBytes(StandardCharsets.UTF_8));
    }
    Handler handler =
        (request, response) -> {
          response.setStatus(request.getContentLength() > 100 ? 400 : 200);
          response.setContentType("application/json");
          response.setHeader("Content-Encoding", "gzip");
          response.getOutputStream().write(compressed.toByteArray());
        };
    try (var app = TestApp.on(container).start(handler)) {
      var result = app.whenChatDone(app.submitChat()).json().path("result");

      assertThat(result.path("content_type").asText()).startsWith("application/json");
      assertThat(result.path("content_encoding").asText()).isEqualTo("gzip");
      assertThat(result.path("encoding").asText()).isEqualTo("base64");
      assertThat(Base64.getDecoder().decode(result.path("data").asText()))
          .isEqualTo(compressed.toByteArray());

      String failed = app.submit("chat/completions", CHAT_BODY + " ".repeat(100));
      assertThat(app.whenChatDone(failed).json().at("/error/error/message").asText())
          .endsWith(", gzip).");
    }
  }

  @Test
  void anEmptyBodyIsNoResult() {
    try (var app = TestApp.on(container).start((request, response) -> response.setStatus(204))) {
      var job = app.whenChatDone(app.submitChat()).json();

      assertThat(job.path("status").asText()).isEqualTo("completed");
      assertThat(job.path("status_code").asInt()).isEqualTo(204);
      assertThat(job.has("result")).isFalse();
    }
  }
}

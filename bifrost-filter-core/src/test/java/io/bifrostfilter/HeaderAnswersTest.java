package io.bifrostfilter;

import static io.bifrostfilter.testing.TestApp.CHAT;
import static io.bifrostfilter.testing.TestApp.CHAT_BODY;
import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.http.HeaderAnswers;
import io.bifrostfilter.testing.Container;
import io.bifrostfilter.testing.Handler;
import io.bifrostfilter.testing.TestApp;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Section 4 of the contract: the header surface's answers. */
@ParameterizedClass
@EnumSource(Container.class)
class HeaderAnswersTest {

  private final Container container;

  HeaderAnswersTest(Container container) {
    this.container = container;
  }

  @Test
  void aSubmitAnswersAnEmptyObjectOfTheRoutesType() {
    var latch = new CountDownLatch(1);
    try (var app = TestApp.on(container).start(Handler.answeringJson("{}").after(latch))) {
      Map<String, List<String>> types =
          Map.of(
              "/v1/chat/completions", List.of("chat.completion", "choices"),
              "/v1/completions", List.of("text_completion", "choices"),
              "/v1/embeddings", List.of("list", "data"),
              "/v1/responses", List.of("response", "output"));
      types.forEach(
          (path, type) -> {
            var reply = app.post(path, CHAT_BODY, "x-bf-async", "true");
            var body = reply.json();

            assertThat(reply.status()).isEqualTo(200);
            assertThat(body.path("id").asText()).isEqualTo(reply.header("x-bf-async-id"));
            assertThat(body.path("object").asText()).isEqualTo(type.get(0));
            assertThat(body.path(type.get(1)).isArray()).isTrue();
            assertThat(body.path(type.get(1)).size()).isZero();
            assertThat(body.path("status").asText()).isEqualTo("pending");
            assertThat(body.path("model").asText()).isEqualTo("openai/gpt-4");
            assertThat(body.path("created_at").isNumber()).isEqualTo(path.equals("/v1/responses"));
            assertThat(reply.header("x-bf-async-status")).isEqualTo("pending");
            assertThat(Integer.parseInt(reply.header("Retry-After"))).isBetween(1, 60);
            assertThat(reply.header("x-request-id")).isNotEmpty();
            assertThat(reply.header("Cache-Control")).isEqualTo("no-store");
          });
      latch.countDown();
    }
  }

  @Test
  void anyOtherRouteAnswersTheEnvelopeWith200() {
    var latch = new CountDownLatch(1);
    try (var app = TestApp.on(container).start(Handler.answeringJson("{}").after(latch))) {
      var reply = app.post("/v1/audio/speech", "{}", "x-bf-async", "true");

      assertThat(reply.status()).isEqualTo(200);
      assertThat(reply.json().fieldNames())
          .toIterable()
          .containsExactly("id", "request_id", "status", "created_at");
      latch.countDown();
    }
  }

  @Test
  void aPollOfAJobThatIsNotDoneLooksLikeTheSubmit() {
    var latch = new CountDownLatch(1);
    var started = new CountDownLatch(1);
    Handler handler = Handler.answeringJson("{}").after(latch);
    try (var app =
        TestApp.on(container)
            .start(
                (request, response) -> {
                  started.countDown();
                  handler.handle(request, response);
                })) {
      String id = app.post(CHAT, CHAT_BODY, "x-bf-async", "true").header("x-bf-async-id");
      await(started);
      var reply = app.post(CHAT, "", "x-bf-async-id", id);

      assertThat(reply.status()).isEqualTo(200);
      assertThat(reply.header("x-bf-async-status")).isEqualTo("processing");
      assertThat(reply.json().path("object").asText()).isEqualTo("chat.completion");
      assertThat(reply.json().path("status").asText()).isEqualTo("processing");
      assertThat(reply.header("Retry-After")).isNotEmpty();
      latch.countDown();
    }
  }

  @Test
  void retryAfterIsNeverOver60HoweverLongTheJobTakes() {
    var clock = new MovableClock(Instant.now().truncatedTo(ChronoUnit.MILLIS));
    var latch = new CountDownLatch(1);
    try (var app =
        TestApp.on(container)
            .jobs(jobs -> jobs.clock(clock))
            .config(config -> config.lease(Duration.ofDays(9)))
            .start(Handler.answeringJson("{}").after(latch))) {
      String id = app.post(CHAT, CHAT_BODY, "x-bf-async", "true").header("x-bf-async-id");
      clock.advance(Duration.ofDays(3));

      assertThat(Integer.parseInt(app.post(CHAT, "", "x-bf-async-id", id).header("Retry-After")))
          .isBetween(1, 60);
      latch.countDown();
    }
  }

  @Test
  void aPollOfAJobThatIsDoneAnswersWhatTheHandlerAnswered() {
    Handler handler =
        (request, response) -> {
          response.setStatus(201);
          response.setContentType("text/weird; charset=utf-8");
          response.setHeader("X-Own", "1");
          response.addHeader("X-Own", "2");
          response.setHeader("Set-Cookie", "session=1");
          response.setHeader("Cache-Control", "max-age=9");
          response.setHeader("Server", "theirs");
          response.setHeader("Date", "Thu, 01 Jan 1970 00:00:00 GMT");
          response.setHeader("Connection", "X-Hop");
          response.setHeader("X-Hop", "x");
          response.getOutputStream().write(new byte[] {1, 2, 3});
        };
    try (var app = TestApp.on(container).start(handler)) {
      String id = app.post(CHAT, CHAT_BODY, "x-bf-async", "true").header("x-bf-async-id");
      var reply = app.post(CHAT, "", "x-bf-async-id", id, "Prefer", "wait=20");

      assertThat(reply.status()).isEqualTo(201);
      assertThat(reply.bytes()).containsExactly(1, 2, 3);
      assertThat(reply.header("Content-Type").replace(" ", ""))
          .isEqualToIgnoringCase("text/weird;charset=utf-8");
      assertThat(reply.headers("X-Own")).containsExactly("1", "2");
      assertThat(reply.header("Content-Length")).isEqualTo("3");
      assertThat(reply.header("Set-Cookie")).isEmpty();
      assertThat(reply.headers("Cache-Control")).containsExactly("no-store");
      assertThat(reply.header("Server")).isNotEqualTo("theirs");
      assertThat(reply.header("Date")).doesNotContain("1970");
      assertThat(reply.header("X-Hop")).isEmpty();
      assertThat(reply.header("x-bf-async-id")).isEqualTo(id);
      assertThat(reply.header("x-bf-async-status")).isEqualTo("completed");
      assertThat(reply.header("Retry-After")).isEmpty();
      assertThat(reply.header("x-should-retry")).isEmpty();
      assertThat(reply.header("x-request-id")).isNotEmpty();
    }
  }

  @Test
  void aFailedJobAnswersTheHandlersOwnErrorAndTellsSdksNotToRetry() {
    String error =
        "{\"error\": {\"message\": \"Slow down\", \"type\": \"rate_limit\", \"code\": \"rl\"}}";
    try (var app = TestApp.on(container).start(Handler.answering(429, "application/json", error))) {
      String id = app.post(CHAT, CHAT_BODY, "x-bf-async", "true").header("x-bf-async-id");
      var reply = app.post(CHAT, "", "x-bf-async-id", id, "Prefer", "wait=20");

      assertThat(reply.status()).isEqualTo(429);
      assertThat(reply.text()).isEqualTo(error);
      assertThat(reply.header("x-should-retry")).isEqualTo("false");
      assertThat(reply.header("x-bf-async-status")).isEqualTo("failed");
    }
  }

  @Test
  void whatTheHandlerSaysInOurHeadersDoesNotReplaceWhatWeSay() {
    Handler handler =
        (request, response) -> {
          response.setStatus(429);
          response.setHeader("x-should-retry", "true");
          response.setHeader("x-bf-async-id", "theirs");
          response.setHeader("x-bf-async-status", "theirs");
          response.setHeader("x-request-id", "theirs");
          response.setHeader("Preference-Applied", "return=minimal");
        };
    try (var app = TestApp.on(container).start(handler)) {
      String id =
          app.post(CHAT, CHAT_BODY, "x-bf-async", "true", "x-request-id", "mine")
              .header("x-bf-async-id");
      var reply = app.post(CHAT, "", "x-bf-async-id", id, "Prefer", "wait=20");

      assertThat(reply.headers("x-should-retry")).containsExactly("false");
      assertThat(reply.headers("x-bf-async-id")).containsExactly(id);
      assertThat(reply.headers("x-bf-async-status")).containsExactly("failed");
      assertThat(reply.headers("x-request-id")).containsExactly("mine");
      assertThat(reply.headers("Preference-Applied")).containsExactly("wait=20", "return=minimal");
    }
  }

  @Test
  void aJobThatTheHandlerDidNotAnswerAnswersAnErrorUnderItsOwnStatus() {
    var latch = new CountDownLatch(1);
    try (var app =
        TestApp.on(container)
            .config(config -> config.runTimeout(Duration.ofMillis(200)))
            .start(Handler.answeringJson("{}").after(latch))) {
      String id = app.post(CHAT, CHAT_BODY, "x-bf-async", "true").header("x-bf-async-id");
      var reply = app.post(CHAT, "", "x-bf-async-id", id, "Prefer", "wait=20");

      assertThat(reply.status()).isEqualTo(504);
      assertThat(reply.json().at("/error/code").asText()).isEqualTo("timeout");
      assertThat(reply.json().path("is_bifrost_error").asBoolean()).isTrue();
      assertThat(reply.header("x-should-retry")).isEqualTo("false");
      latch.countDown();
    }
  }

  @Test
  void aHeaderThatAFilterHasSetAlreadyIsNotDoubled() {
    Filter cors =
        (request, response, chain) -> {
          ((HttpServletResponse) response).setHeader("Access-Control-Allow-Origin", "*");
          chain.doFilter(request, response);
        };
    try (var app = TestApp.on(container).filterBefore(cors).start(Handler.answeringJson("{}"))) {
      String id = app.post(CHAT, CHAT_BODY, "x-bf-async", "true").header("x-bf-async-id");
      var reply = app.post(CHAT, "", "x-bf-async-id", id, "Prefer", "wait=20");

      assertThat(reply.headers("Access-Control-Allow-Origin")).containsExactly("*");
    }
  }

  @Test
  void envelopesCanBeHadHereTooForThoseWhoPrefer202() {
    try (var app =
        TestApp.on(container)
            .config(config -> config.headerAnswers(HeaderAnswers.ENVELOPE))
            .start(Handler.answeringJson("{\"a\":1}"))) {
      var submit = app.post(CHAT, CHAT_BODY, "x-bf-async", "true", "Prefer", "respond-async");
      assertThat(submit.status()).isEqualTo(202);
      assertThat(submit.header("Preference-Applied")).isEqualTo("respond-async");
      assertThat(submit.json().path("status").asText()).isEqualTo("pending");
      assertThat(submit.header("Location")).endsWith(submit.header("x-bf-async-id"));

      var done =
          app.post(CHAT, "", "x-bf-async-id", submit.header("x-bf-async-id"), "Prefer", "wait=20");
      assertThat(done.status()).isEqualTo(200);
      assertThat(done.json().path("status").asText()).isEqualTo("completed");
      assertThat(done.json().at("/result/a").asInt()).isEqualTo(1);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}

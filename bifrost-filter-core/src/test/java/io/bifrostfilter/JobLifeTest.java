package io.bifrostfilter;

import static io.bifrostfilter.testing.TestApp.CHAT;
import static io.bifrostfilter.testing.TestApp.CHAT_BODY;
import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.testing.Container;
import io.bifrostfilter.testing.Handler;
import io.bifrostfilter.testing.TestApp;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Section 5 of the contract: the rest of a job's life. */
@ParameterizedClass
@EnumSource(Container.class)
class JobLifeTest {

  private static final String POLL = "/v1/async/chat/completions/";

  private final Container container;
  private final MovableClock clock = new MovableClock(Instant.parse("2026-02-19T08:10:17.831Z"));

  JobLifeTest(Container container) {
    this.container = container;
  }

  private TestApp.Builder app() {
    return TestApp.on(container).jobs(jobs -> jobs.clock(clock));
  }

  private static Duration ttl(TestApp.Reply done) {
    return Duration.between(
        Instant.parse(done.json().path("completed_at").asText()),
        Instant.parse(done.json().path("expires_at").asText()));
  }

  @Test
  void theTtlIsTheCallersWithinTheMaximumAndElseTheDefault() {
    try (var app = app().start(Handler.answeringJson("{}"))) {
      String[][] cases = {
        {"60", "60"},
        {"0060", "60"},
        {"1", "1"},
        {"604800", "604800"},
        {"604801", "604800"},
        {"99999999999999999999999", "604800"},
        {"0", "3600"},
        {"-1", "3600"},
        {"1.5", "3600"},
        {"1e3", "3600"},
        {"abc", "3600"},
        {"+5", "3600"},
        {"00", "3600"}
      };
      for (String[] given : cases) {
        String id = app.submitChat("x-bf-async-job-result-ttl", given[0]);
        assertThat(ttl(app.whenChatDone(id))).as(given[0]).hasSeconds(Long.parseLong(given[1]));
      }
      assertThat(ttl(app.whenChatDone(app.submitChat()))).hasSeconds(3600);
    }
  }

  @Test
  void fromItsExpiryOnAJobAnswers404() {
    try (var app = app().start(Handler.answeringJson("{}"))) {
      String id = app.submitChat("x-bf-async-job-result-ttl", "10");
      app.whenChatDone(id);

      clock.advance(Duration.ofMillis(9_999));
      assertThat(app.get(POLL + id).status()).isEqualTo(200);
      clock.advance(Duration.ofMillis(1));
      assertThat(app.get(POLL + id).status()).isEqualTo(404);
      assertThat(app.post(CHAT, "", "x-bf-async-id", id).status()).isEqualTo(404);
      assertThat(app.post(POLL + id + "/cancel", "").status()).isEqualTo(404);
      assertThat(app.send("DELETE", POLL + id, null).status()).isEqualTo(404);
    }
  }

  @Test
  void aPollThatWaitsIsAnsweredWhenTheJobIsDone() throws Exception {
    var latch = new CountDownLatch(1);
    var executor = Executors.newCachedThreadPool();
    try (var app = app().start(Handler.answeringJson("{\"a\":1}").after(latch))) {
      String id = app.submitChat();
      List<Future<TestApp.Reply>> waits = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        waits.add(executor.submit(() -> app.get(POLL + id, "Prefer", "wait=25")));
      }
      assertThat(app.get(POLL + id).status()).isEqualTo(202);
      latch.countDown();
      for (var wait : waits) {
        assertThat(wait.get().status()).isEqualTo(200);
        assertThat(wait.get().header("Preference-Applied")).isEqualTo("wait=25");
        assertThat(wait.get().json().at("/result/a").asInt()).isEqualTo(1);
      }
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  void aPollThatWaitsInVainAnswersTheJobAsItStands() {
    var latch = new CountDownLatch(1);
    try (var app = app().start(Handler.answeringJson("{}").after(latch))) {
      var reply = app.get(POLL + app.submitChat(), "Prefer", "wait=1");

      assertThat(reply.status()).isEqualTo(202);
      assertThat(reply.header("Preference-Applied")).isEqualTo("wait=1");
      assertThat(reply.json().path("status").asText()).isEqualTo("processing");
      latch.countDown();
    }
  }

  @Test
  void aPollThatWaitsForAJobThatIsDeletedAnswers404() throws Exception {
    var latch = new CountDownLatch(1);
    var executor = Executors.newSingleThreadExecutor();
    try (var app = app().start(Handler.answeringJson("{}").after(latch))) {
      String id = app.submitChat();
      var wait = executor.submit(() -> app.get(POLL + id, "Prefer", "wait=25"));
      app.send("DELETE", POLL + id, null);

      assertThat(wait.get().status()).isEqualTo(404);
      latch.countDown();
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  void aPollThatWouldWaitForAnothersJobAnswers404() {
    var latch = new CountDownLatch(1);
    try (var app = app().start(Handler.answeringJson("{}").after(latch))) {
      String poll = POLL + app.submitChat("x-api-key", "mine");

      assertThat(app.get(poll, "Prefer", "wait=25", "x-api-key", "another's").status())
          .isEqualTo(404);
      assertThat(app.get(poll, "Prefer", "wait=25").status()).isEqualTo(404);
      latch.countDown();
      var mine = app.get(poll, "Prefer", "wait=25", "x-api-key", "mine");
      assertThat(mine.json().path("status").asText()).isEqualTo("completed");
      assertThat(app.get(poll, "Prefer", "wait=25", "x-api-key", "another's").status())
          .isEqualTo(404);
    }
  }

  @Test
  void cancelEndsAJobThatRunsAndCutsTheConnectionToItsHandler() throws Exception {
    var started = new CountDownLatch(1);
    var cut = new CountDownLatch(1);
    Handler endless =
        (request, response) -> {
          started.countDown();
          try {
            while (true) {
              response.getOutputStream().write(new byte[8192]);
              response.flushBuffer();
              Thread.onSpinWait();
            }
          } catch (IOException e) {
            cut.countDown();
          }
        };
    try (var app = app().config(c -> c.maxResponseSize(2_000_000_000)).start(endless)) {
      String id = app.submitChat();
      started.await();
      var reply = app.post(POLL + id + "/cancel", "");

      assertThat(reply.status()).isEqualTo(200);
      assertThat(reply.json().path("status").asText()).isEqualTo("failed");
      assertThat(reply.json().path("status_code").asInt()).isEqualTo(499);
      assertThat(reply.json().at("/error/error/code").asText()).isEqualTo("cancelled");
      cut.await();
      assertThat(app.get(POLL + id).text()).isEqualTo(reply.text());
      assertThat(app.post(CHAT, "", "x-bf-async-id", id).status()).isEqualTo(499);
    }
  }

  @Test
  void cancelEndsAJobThatWaitsAndItIsNeverRun() {
    var latch = new CountDownLatch(1);
    var runs = new AtomicInteger();
    Handler slow = Handler.answeringJson("{}").after(latch);
    Handler handler =
        (request, response) -> {
          runs.incrementAndGet();
          slow.handle(request, response);
        };
    try (var app = app().config(c -> c.maxConcurrency(1)).start(handler)) {
      String first = app.submitChat();
      String second = app.submitChat();
      assertThat(app.post(POLL + second + "/cancel", "").json().path("status").asText())
          .isEqualTo("failed");
      String third = app.submitChat();
      latch.countDown();
      app.whenChatDone(first);
      app.whenChatDone(third);

      assertThat(runs).hasValue(2);
      assertThat(app.get(POLL + second).json().path("status_code").asInt()).isEqualTo(499);
    }
  }

  @Test
  void cancelLeavesAJobThatIsDoneAsItIs() {
    try (var app = app().start(Handler.answeringJson("{}"))) {
      String id = app.submitChat();
      String done = app.whenChatDone(id).text();
      var reply = app.post(POLL + id + "/cancel", "");

      assertThat(reply.status()).isEqualTo(200);
      assertThat(reply.text()).isEqualTo(done);
    }
  }

  @Test
  void deleteRemovesEveryTraceOfAJobInAnyState() {
    var latch = new CountDownLatch(1);
    try (var app =
        app().config(c -> c.maxConcurrency(1)).start(Handler.answeringJson("{}").after(latch))) {
      String running = app.submitChat("Idempotency-Key", "k");
      String waiting = app.submitChat();
      for (String id : List.of(running, waiting)) {
        var reply = app.send("DELETE", POLL + id, null);
        assertThat(reply.status()).isEqualTo(204);
        assertThat(reply.header("Cache-Control")).isEqualTo("no-store");
        assertThat(app.get(POLL + id).status()).isEqualTo(404);
        assertThat(app.send("DELETE", POLL + id, null).status()).isEqualTo(404);
      }
      latch.countDown();
      String again = app.submitChat("Idempotency-Key", "k");
      assertThat(again).isNotEqualTo(running);
      app.whenChatDone(again);
      assertThat(app.send("DELETE", POLL + again, null).status()).isEqualTo(204);
      assertThat(app.get(POLL + again).status()).isEqualTo(404);
    }
  }

  @Test
  void theSameIdempotencyKeyGivesBackTheJobAsItStands() {
    var runs = new AtomicInteger();
    Handler counting =
        (request, response) -> {
          response.setContentType("application/json");
          response.getWriter().print(runs.incrementAndGet());
        };
    try (var app = app().start(counting)) {
      String id = app.submitChat("Idempotency-Key", "k1");
      app.whenChatDone(id);
      var again = app.post("/v1/async/chat/completions", CHAT_BODY, "Idempotency-Key", "k1");

      assertThat(again.status()).isEqualTo(202);
      assertThat(again.header("Idempotent-Replayed")).isEqualTo("true");
      assertThat(again.json().path("id").asText()).isEqualTo(id);
      assertThat(again.json().path("status").asText()).isEqualTo("completed");
      assertThat(again.json().path("result").asInt()).isEqualTo(1);

      var byHeader = app.post(CHAT, CHAT_BODY, "Idempotency-Key", "k1", "x-bf-async", "true");
      assertThat(byHeader.status()).isEqualTo(200);
      assertThat(byHeader.json().path("id").asText()).isEqualTo(id);
      assertThat(byHeader.json().path("status").asText()).isEqualTo("completed");
      assertThat(runs).hasValue(1);
    }
  }

  @Test
  void anIdempotencyKeyIsItsCallersAndItsRoutesAndLivesAsLongAsItsJob() {
    try (var app = app().start(Handler.answeringJson("{}"))) {
      var ids = new HashSet<String>();
      ids.add(app.submitChat("Idempotency-Key", "k", "Authorization", "Bearer a"));
      ids.add(app.submitChat("Idempotency-Key", "k", "Authorization", "Bearer b"));
      ids.add(app.submitChat("Idempotency-Key", "k"));
      ids.add(app.submit("responses", "{\"model\":\"m\",\"input\":\"i\"}", "Idempotency-Key", "k"));
      assertThat(ids).hasSize(4);

      String id = app.submitChat("Idempotency-Key", "k");
      assertThat(ids).contains(id);
      app.whenChatDone(id);
      clock.advance(Duration.ofHours(1));
      assertThat(ids).doesNotContain(app.submitChat("Idempotency-Key", "k"));
    }
  }

  @Test
  void anIdempotencyKeyWithAnotherBodyIsRefused() {
    try (var app = app().start(Handler.answeringJson("{}"))) {
      app.submitChat("Idempotency-Key", "k");
      var reply =
          app.post(
              "/v1/async/chat/completions", CHAT_BODY.replace("Hi", "Ho"), "Idempotency-Key", "k");

      assertThat(reply.status()).isEqualTo(422);
      assertThat(reply.json().at("/error/code").asText()).isEqualTo("idempotency_key_reused");
    }
  }

  @Test
  void oneKeyFromManyThreadsMakesOneJob() throws Exception {
    var executor = Executors.newFixedThreadPool(16);
    try (var app = app().start(Handler.answeringJson("{}"))) {
      for (int round = 0; round < 10; round++) {
        String key = "round-" + round;
        List<Future<String>> submits = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
          submits.add(executor.submit(() -> app.submitChat("Idempotency-Key", key)));
        }
        var ids = new HashSet<String>();
        for (var submit : submits) {
          ids.add(submit.get());
        }
        assertThat(ids).hasSize(1);
      }
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  void theSameSecretIsTheSameCallerWhicheverHeaderCarriesIt() {
    try (var app = app().start(Handler.answeringJson("{}"))) {
      String[][] same = {
        {"Authorization", "Bearer s3cret"},
        {"Authorization", "bearer s3cret"},
        {"Authorization", "s3cret"},
        {"x-api-key", "s3cret"},
        {"api-key", "s3cret"},
        {"x-goog-api-key", "s3cret"},
        {"x-bf-vk", "s3cret"}
      };
      for (String[] submitting : same) {
        String id = app.submitChat(submitting);
        for (String[] polling : same) {
          assertThat(app.get(POLL + id, polling).status()).isIn(200, 202);
        }
        assertThat(app.get(POLL + id).status()).isEqualTo(404);
        assertThat(app.get(POLL + id, "Authorization", "Bearer other").status()).isEqualTo(404);
        assertThat(app.get(POLL + id, "Authorization", "Basic s3cret").status()).isEqualTo(404);
        assertThat(
                app.get(POLL + id, "x-bf-vk", "other", "Authorization", "Bearer s3cret").status())
            .isEqualTo(404);
      }
    }
  }

  @Test
  void anotherCallerCanNeitherPollNorCancelNorDelete() {
    var latch = new CountDownLatch(1);
    try (var app = app().start(Handler.answeringJson("{}").after(latch))) {
      String id = app.submitChat("x-api-key", "mine");

      assertThat(app.get(POLL + id, "x-api-key", "theirs").status()).isEqualTo(404);
      assertThat(app.post(CHAT, "", "x-bf-async-id", id, "x-api-key", "theirs").status())
          .isEqualTo(404);
      assertThat(app.post(POLL + id + "/cancel", "", "x-api-key", "theirs").status())
          .isEqualTo(404);
      assertThat(app.send("DELETE", POLL + id, null, "x-api-key", "theirs").status())
          .isEqualTo(404);
      assertThat(app.get(POLL + id, "x-api-key", "mine").json().path("status").asText())
          .isIn("pending", "processing");
      latch.countDown();
    }
  }

  @Test
  void aJobWithoutACredentialCanBePolledByAnyoneWhoHasItsId() {
    try (var app = app().start(Handler.answeringJson("{}"))) {
      String id = app.submitChat();
      app.whenChatDone(id);

      assertThat(app.get(POLL + id, "Authorization", "Bearer anyone").status()).isEqualTo(200);
    }
  }

  @Test
  void theAuthenticatedPrincipalIsTheOwnerWhateverCredentialCameWithIt() {
    Filter login =
        (request, response, chain) -> {
          var http = (HttpServletRequest) request;
          String user = http.getHeader("X-Test-User");
          chain.doFilter(
              new HttpServletRequestWrapper(http) {
                @Override
                public Principal getUserPrincipal() {
                  return user == null ? super.getUserPrincipal() : () -> user;
                }
              },
              response);
        };
    try (var app = app().filterBefore(login).start(Handler.answeringJson("{}"))) {
      String id = app.submitChat("X-Test-User", "ann", "Authorization", "Bearer one");

      assertThat(app.get(POLL + id, "X-Test-User", "ann", "Authorization", "Bearer two").status())
          .isIn(200, 202);
      assertThat(app.get(POLL + id, "X-Test-User", "bob", "Authorization", "Bearer one").status())
          .isEqualTo(404);
      assertThat(app.get(POLL + id, "Authorization", "Bearer ann").status()).isEqualTo(404);
    }
  }

  @Test
  void fallbacksAreTriedInTurnUntilOneSucceeds() {
    var bodies = new CopyOnWriteArrayList<String>();
    Handler onlyTheThird =
        (request, response) -> {
          bodies.add(new String(request.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
          response.setStatus(List.of(500, 429, 200).get(Math.min(bodies.size(), 3) - 1));
          response.setContentType("application/json");
          response.getWriter().print("{\"try\":" + bodies.size() + "}");
        };
    String body =
        "{\"model\":\"a/1\",\"temperature\":1.0,\"fallbacks\":[\"b/2\",\"c/3\",\"d/4\"],\"messages\":[]}";
    try (var app = app().start(onlyTheThird)) {
      var done = app.whenChatDone(app.submit("chat/completions", body));

      assertThat(done.json().path("status").asText()).isEqualTo("completed");
      assertThat(done.json().at("/result/try").asInt()).isEqualTo(3);
      assertThat(bodies)
          .containsExactly(
              body,
              "{\"model\":\"b/2\",\"temperature\":1.0,\"messages\":[]}",
              "{\"model\":\"c/3\",\"temperature\":1.0,\"messages\":[]}");
    }
  }

  @Test
  void whenAllFallbacksFailTheLastAnswerIsTheResult() {
    var tries = new AtomicInteger();
    Handler failing =
        (request, response) -> {
          response.setStatus(List.of(408, 503).get(tries.getAndIncrement()));
          response.setContentType("application/json");
          response.getWriter().print("{\"error\":{\"message\":\"try " + tries.get() + "\"}}");
        };
    try (var app = app().start(failing)) {
      var done =
          app.whenChatDone(
              app.submit(
                  "chat/completions", "{\"model\":\"a\",\"messages\":[],\"fallbacks\":[\"b\"]}"));

      assertThat(done.json().path("status_code").asInt()).isEqualTo(503);
      assertThat(done.json().at("/error/error/message").asText()).isEqualTo("try 2");
    }
  }

  @Test
  void anErrorThatAnotherModelWouldMakeTooIsNotTriedAgain() {
    var tries = new AtomicInteger();
    Handler failing =
        (request, response) -> {
          tries.incrementAndGet();
          response.setStatus(400);
        };
    try (var app = app().start(failing)) {
      app.whenChatDone(
          app.submit(
              "chat/completions", "{\"model\":\"a\",\"messages\":[],\"fallbacks\":[\"b\"]}"));

      assertThat(tries).hasValue(1);
    }
  }

  @Test
  void fallbacksThatAreNoListOfNamesAreTheApplicationsOwn() {
    var tries = new AtomicInteger();
    Handler failing =
        (request, response) -> {
          tries.incrementAndGet();
          response.setStatus(500);
        };
    try (var app = app().start(failing)) {
      for (String own :
          List.of("[{\"model\":\"b\"}]", "[\"b\",1]", "[\"\"]", "\"b\"", "{}", "null", "[]")) {
        tries.set(0);
        app.whenChatDone(
            app.submit(
                "chat/completions", "{\"model\":\"a\",\"messages\":[],\"fallbacks\":" + own + "}"));
        assertThat(tries).as(own).hasValue(1);
      }
    }
  }

  @Test
  void aHandlerThatDoesNotAnswerIsAReasonForAFallback() {
    var latch = new CountDownLatch(1);
    Handler slow = Handler.answeringJson("{}").after(latch);
    Handler firstHangs =
        (request, response) -> {
          String body = new String(request.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
          if (body.contains("fallbacks")) {
            slow.handle(request, response);
          } else {
            response.setContentType("application/json");
            response.getWriter().print("\"second\"");
          }
        };
    try (var app = app().config(c -> c.runTimeout(Duration.ofMillis(500))).start(firstHangs)) {
      var done =
          app.whenChatDone(
              app.submit(
                  "chat/completions", "{\"model\":\"a\",\"messages\":[],\"fallbacks\":[\"b\"]}"));

      assertThat(done.json().path("result").asText()).isEqualTo("second");
      latch.countDown();
    }
  }
}

package io.bifrostfilter;

import static io.bifrostfilter.testing.Proxies.proxy;
import static io.bifrostfilter.testing.TestApp.CHAT;
import static io.bifrostfilter.testing.TestApp.CHAT_BODY;
import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.JobStoreException;
import io.bifrostfilter.store.WebhookStore;
import io.bifrostfilter.store.memory.MemoryJobStore;
import io.bifrostfilter.testing.Container;
import io.bifrostfilter.testing.Handler;
import io.bifrostfilter.testing.TestApp;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Section 6 of the contract: errors, and the rows of section 3's table that are errors. */
@ParameterizedClass
@EnumSource(Container.class)
class ErrorsTest {

  private static final String UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
  private static final Handler OK = Handler.answeringJson("{}");

  private final Container container;

  ErrorsTest(Container container) {
    this.container = container;
  }

  /** Every error has this form. */
  private static void assertError(TestApp.Reply reply, int status, String code) {
    assertThat(reply.status()).as(reply.text()).isEqualTo(status);
    var json = reply.json();
    assertThat(json.path("status_code").asInt()).isEqualTo(status);
    assertThat(json.path("is_bifrost_error").asBoolean()).isTrue();
    assertThat(json.at("/error/code").asText()).isEqualTo(code);
    assertThat(json.path("event_id").asText()).matches(UUID);
    assertThat(json.at("/error/event_id")).isEqualTo(json.path("event_id"));
    assertThat(json.at("/error/type")).isEqualTo(json.path("type"));
    assertThat(json.at("/error/message").asText()).isNotBlank();
    assertThat(json.path("extra_fields").isObject()).isTrue();
    assertThat(reply.header("Cache-Control")).isEqualTo("no-store");
    assertThat(reply.header("Content-Type")).isEqualTo("application/json");
    assertThat(reply.header("x-request-id")).isNotEmpty();
    if (status == 429 || status == 503) {
      assertThat(Integer.parseInt(reply.header("Retry-After"))).isBetween(1, 60);
    }
  }

  @Test
  void malformedJsonOrJsonThatIsNoObjectIsRefusedOnEitherSurface() {
    var runs = new AtomicInteger();
    try (var app = TestApp.on(container).start((request, response) -> runs.incrementAndGet())) {
      for (String body :
          List.of(
              "",
              " ",
              "{",
              "{]",
              "[]",
              "\"x\"",
              "1",
              "null",
              "{} {}",
              "{}x",
              "{'a':1}",
              "{\"a\":NaN}",
              "{\"a\":1,}",
              "{\"a\":1,\"a\":2}",
              "{\"x\":{\"a\":1,\"a\":2}}",
              "[".repeat(100_000))) {
        assertError(app.post("/v1/async/chat/completions", body), 400, "invalid_json");
        assertError(app.post(CHAT, body, "x-bf-async", "true"), 400, "invalid_json");
        assertError(app.post(CHAT, body, "Prefer", "respond-async"), 400, "invalid_json");
      }
      assertThat(runs).hasValue(0);
    }
  }

  @Test
  void anErrorNeverQuotesWhatTheCallerSent() {
    try (var app = TestApp.on(container).start(OK)) {
      var reply = app.post(CHAT, "{\"prompt\": hunter2}", "x-bf-async", "true");

      assertError(reply, 400, "invalid_json");
      assertThat(reply.text()).doesNotContain("hunter2").contains("line 1, column");
    }
  }

  @Test
  void aBodyThatIsNoJsonIsNoneOfOurBusinessOnARouteOfTheApplications() {
    try (var app = TestApp.on(container).start(OK)) {
      var reply =
          app.send(
              app.request("POST", "/v1/my/own", null)
                  .method("POST", java.net.http.HttpRequest.BodyPublishers.ofString("{"))
                  .header("Content-Type", "text/plain")
                  .header("x-bf-async", "true"));
      assertThat(reply.status()).isEqualTo(200);
    }
  }

  @Test
  void anEncodedBodyIsRefusedWhereItMustBeCheckedAndToldWhatWouldBeTaken() {
    try (var app = TestApp.on(container).start(OK)) {
      var reply = app.post("/v1/async/chat/completions", CHAT_BODY, "Content-Encoding", "gzip");

      assertError(reply, 415, "unsupported_content_encoding");
      assertThat(reply.header("Accept-Encoding")).isEqualTo("identity");
      assertThat(app.post("/v1/async/chat/completions", "").header("Accept-Encoding")).isEmpty();
    }
  }

  @Test
  void aFormRouteNeedsAFormOnThePathSurface() {
    try (var app = TestApp.on(container).start(OK)) {
      for (String route : List.of("audio/transcriptions", "images/edits", "images/variations")) {
        assertError(app.post("/v1/async/" + route, "{\"model\":\"m\"}"), 400, "invalid_multipart");
        var broken =
            app.request("POST", "/v1/async/" + route, "--b\r\nno end")
                .setHeader("Content-Type", "multipart/form-data; boundary=b");
        assertError(app.send(broken), 400, "invalid_multipart");
      }
    }
  }

  @Test
  void aStreamIsRefusedInJsonAndInAForm() {
    try (var app = TestApp.on(container).start(OK)) {
      String json = "{\"messages\":[],\"stream\":true,\"model\":\"openai/gpt-4\"}";
      for (var reply :
          List.of(
              app.post("/v1/async/chat/completions", json),
              app.post(CHAT, json, "x-bf-async", "true"))) {
        assertError(reply, 400, "stream_not_supported");
        assertThat(reply.json().at("/error/param").asText()).isEqualTo("stream");
        assertThat(reply.json().at("/extra_fields/provider").asText()).isEqualTo("openai");
        assertThat(reply.json().at("/extra_fields/model_requested").asText())
            .isEqualTo("openai/gpt-4");
        assertThat(reply.json().at("/extra_fields/request_type").asText())
            .isEqualTo("chat_completion");
      }
      String form =
          "--b\r\n"
              + "Content-Disposition: form-data; name=\"stream\"\r\n\r\n"
              + "true\r\n"
              + "--b\r\n"
              + "Content-Disposition: form-data; name=\"model\"\r\n\r\n"
              + "m\r\n"
              + "--b\r\n"
              + "Content-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n"
              + "x\r\n"
              + "--b--\r\n";
      for (String path : List.of("/v1/async/audio/transcriptions", "/v1/audio/transcriptions")) {
        var submit =
            app.request("POST", path, form)
                .setHeader("Content-Type", "multipart/form-data; boundary=b")
                .header("x-bf-async", "true");
        assertError(app.send(submit), 400, "stream_not_supported");
      }
      assertError(
          app.post(
              "/v1/async/audio/speech",
              "{\"model\":\"m\",\"input\":\"i\",\"stream_format\":\"sse\"}"),
          400,
          "stream_not_supported");
      assertThat(app.post("/v1/async/chat/completions", json.replace("true", "false")).status())
          .isEqualTo(202);
    }
  }

  @Test
  void whatARouteNeedsIsRequiredOnThePathSurfaceAlone() {
    try (var app = TestApp.on(container).start(OK)) {
      String[][] needs = {
        {"completions", "prompt"}, {"chat/completions", "messages"}, {"responses", "input"},
        {"embeddings", "input"}, {"audio/speech", "input"}, {"images/generations", "prompt"},
        {"rerank", "query"}, {"rerank", "documents"}, {"ocr", "document"}
      };
      String all =
          "{\"model\":\"m\",\"prompt\":\"x\",\"messages\":[],\"input\":\"x\",\"query\":\"x\",\"documents\":[],\"document\":{}}";
      for (String[] need : needs) {
        for (String missing : List.of("model", need[1])) {
          for (String body :
              List.of(
                  all.replace("\"" + missing + "\"", "\"not-it\""),
                  all.replaceFirst("\"" + missing + "\":[^,}]+", "\"" + missing + "\":null"))) {
            if (missing.equals("document") && body.contains("null}")) {
              continue;
            }
            var reply = app.post("/v1/async/" + need[0], body);
            assertError(reply, 400, "missing_field");
            assertThat(reply.json().at("/error/param").asText()).isEqualTo(missing);
          }
        }
        assertThat(app.post("/v1/async/" + need[0], all).status()).isEqualTo(202);
        assertThat(app.post("/v1/" + need[0], "{}", "x-bf-async", "true").status()).isEqualTo(200);
      }
    }
  }

  @Test
  void aFormNeedsItsModelAndItsFile() {
    try (var app = TestApp.on(container).start(OK)) {
      String model = "--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nm\r\n";
      String file =
          "--b\r\n"
              + "Content-Disposition: form-data; name=\"%s\"; filename=\"f\"\r\n"
              + "Content-Type: a/b\r\n\r\n"
              + "\0\r\n";
      String[][] cases = {
        {"audio/transcriptions", model, "file"},
        {"audio/transcriptions", String.format(file, "file"), "model"},
        {"images/edits", model, "image"},
        {"images/variations", model + String.format(file, "file"), "image"},
        {"images/edits", model + String.format(file, "image[]"), ""},
        {"images/variations", model + String.format(file, "image"), ""}
      };
      for (String[] form : cases) {
        var submit =
            app.request("POST", "/v1/async/" + form[0], form[1] + "--b--\r\n")
                .setHeader("Content-Type", "multipart/form-data; boundary=\"b\"");
        var reply = app.send(submit);
        if (form[2].isEmpty()) {
          assertThat(reply.status()).isEqualTo(202);
        } else {
          assertError(reply, 400, "missing_field");
          assertThat(reply.json().at("/error/param").asText()).isEqualTo(form[2]);
        }
      }
    }
  }

  @Test
  void aBodyOverTheLimitIsRefusedWithoutBeingReadToTheEnd() throws IOException {
    try (var app = TestApp.on(container).config(c -> c.maxRequestSize(1000)).start(OK)) {
      assertThat(
              app.post("/x", "{\"a\":\"" + "x".repeat(992) + "\"}", "x-bf-async", "true").status())
          .isEqualTo(200);
      assertError(app.post("/x", "x".repeat(1001), "x-bf-async", "true"), 413, "request_too_large");
      // Nothing of the announced gigabytes is ever sent.
      for (String length : List.of("Content-Length: 9000000000", "Transfer-Encoding: chunked")) {
        try (var socket = app.connect()) {
          String chunk = length.startsWith("T") ? "3e9\r\n" + "x".repeat(1001) + "\r\n" : "";
          socket
              .getOutputStream()
              .write(
                  ("POST /x HTTP/1.1\r\nHost: h\r\nx-bf-async: true\r\n"
                          + length
                          + "\r\n\r\n"
                          + chunk)
                      .getBytes(StandardCharsets.US_ASCII));
          byte[] answer = socket.getInputStream().readNBytes(12);
          assertThat(new String(answer, StandardCharsets.US_ASCII)).isEqualTo("HTTP/1.1 413");
        }
      }
    }
  }

  @Test
  void aCallerWithTooManyJobsWaitingIsRefusedAndOthersAreNot() {
    var latch = new CountDownLatch(1);
    var started = new CountDownLatch(1);
    Handler slow = OK.after(latch);
    Handler handler =
        (request, response) -> {
          started.countDown();
          slow.handle(request, response);
        };
    try (var app =
        TestApp.on(container).config(c -> c.maxConcurrency(1).maxJobsPerCaller(2)).start(handler)) {
      app.submitChat("x-api-key", "a");
      awaitQuietly(started);
      app.submitChat("x-api-key", "a");
      app.submitChat("x-api-key", "a");
      assertError(
          app.post("/v1/async/chat/completions", CHAT_BODY, "x-api-key", "a"),
          429,
          "too_many_jobs");
      String other = app.submitChat("x-api-key", "b");
      latch.countDown();
      app.whenChatDone(other, "x-api-key", "b");
      app.submitChat("x-api-key", "a");
    }
  }

  @Test
  void aFullQueueIsOverloaded() {
    var latch = new CountDownLatch(1);
    var started = new CountDownLatch(1);
    Handler slow = OK.after(latch);
    Handler handler =
        (request, response) -> {
          started.countDown();
          slow.handle(request, response);
        };
    try (var app =
        TestApp.on(container).config(c -> c.maxConcurrency(1).queueCapacity(1)).start(handler)) {
      app.submitChat();
      awaitQuietly(started);
      app.submitChat();
      assertError(app.post("/v1/async/chat/completions", CHAT_BODY), 503, "overloaded");
      assertError(app.post(CHAT, CHAT_BODY, "x-bf-async", "true"), 503, "overloaded");
      latch.countDown();
    }
  }

  @Test
  void aFullStoreIsOverloadedAndKeepsWhatItHas() {
    try (var app =
        TestApp.on(container)
            .config(c -> c.memoryMaxBytes(3000))
            .start(Handler.answeringJson("\"" + "x".repeat(2900) + "\""))) {
      String id = app.submitChat();
      app.whenChatDone(id);
      assertError(app.post("/v1/async/chat/completions", CHAT_BODY), 503, "overloaded");
      assertThat(app.get("/v1/async/chat/completions/" + id).status()).isEqualTo(200);
      app.send("DELETE", "/v1/async/chat/completions/" + id, null);
      app.submitChat();
    }
  }

  @Test
  void aStoreThatCannotBeReachedIsUnavailable() {
    var away = new AtomicBoolean();
    var memory = new MemoryJobStore(Clock.systemUTC(), 1_000_000);
    var store = failing(JobStore.class, memory, away, "add", "find", "delete", "finish");
    try (var app = TestApp.on(container).jobs(jobs -> jobs.store(store)).start(OK)) {
      String id = app.submitChat();
      app.whenChatDone(id);
      away.set(true);
      String poll = "/v1/async/chat/completions/" + id;
      var submit = app.post("/v1/async/chat/completions", CHAT_BODY);
      assertError(submit, 503, "store_unavailable");
      assertThat(submit.json().at("/extra_fields/model_requested").asText())
          .isEqualTo("openai/gpt-4");
      assertError(app.get(poll), 503, "store_unavailable");
      assertThat(app.get(poll).json().at("/extra_fields/request_type").asText())
          .isEqualTo("chat_completion");
      assertError(app.get(poll, "Prefer", "wait=5"), 503, "store_unavailable");
      assertError(app.post(CHAT, "", "x-bf-async-id", id), 503, "store_unavailable");
      assertError(app.send("DELETE", poll, null), 503, "store_unavailable");
      away.set(false);
      assertThat(app.get(poll).status()).isEqualTo(200);
    }
  }

  @Test
  void webhooksThatCannotBeReachedAreUnavailable() {
    var away = new AtomicBoolean();
    var memory = new MemoryJobStore(Clock.systemUTC(), 1_000_000);
    var webhooks =
        failing(
            WebhookStore.class,
            memory.webhooks().orElseThrow(),
            away,
            "add",
            "delete",
            "endpoints",
            "attempts",
            "replace");
    var store =
        proxy(
            JobStore.class,
            (method, arguments) ->
                method.getName().equals("webhooks")
                    ? Optional.of(webhooks)
                    : method.invoke(memory, arguments));
    String api = "/api/webhooks";
    String[] admin = {"Authorization", "Bearer an-administrators-token"};
    String endpoint =
        "{\"name\":\"n\",\"url\":\"http://127.0.0.1:9/\",\"allow_private_network\":true,"
            + "\"events\":[\"async_job.failed\"]}";
    try (var app =
        TestApp.on(container)
            .config(config -> config.webhooksAdminToken("an-administrators-token"))
            .jobs(jobs -> jobs.store(store))
            .start(OK)) {
      String one = api + "/" + app.post(api, endpoint, admin).json().at("/endpoint/id").asText();
      away.set(true);
      assertError(app.get(api, admin), 503, "store_unavailable");
      assertError(app.get(one + "/deliveries", admin), 503, "store_unavailable");
      assertError(app.post(api, endpoint, admin), 503, "store_unavailable");
      assertError(app.send("PUT", one, endpoint, admin), 503, "store_unavailable");
      assertError(app.send("DELETE", one, null, admin), 503, "store_unavailable");
      away.set(false);
      assertThat(app.get(api, admin).json().path("count").asInt()).isEqualTo(1);
    }
  }

  /** The same thing, of which some methods find no connection for as long as it is away. */
  private static <T> T failing(Class<T> type, T actual, AtomicBoolean away, String... methods) {
    return proxy(
        type,
        (method, arguments) -> {
          if (away.get() && List.of(methods).contains(method.getName())) {
            throw new JobStoreException("no connection", new IOException("refused"));
          }
          return method.invoke(actual, arguments);
        });
  }

  @Test
  void aJobThatCannotBeHadIsNotFoundForAnyReasonAlike() {
    try (var app = TestApp.on(container).start(OK)) {
      String id = app.submitChat("x-api-key", "mine");
      var replies =
          List.of(
              app.get("/v1/async/chat/completions/" + id),
              app.get("/v1/async/completions/" + id, "x-api-key", "mine"),
              app.get("/v1/async/chat/completions/" + java.util.UUID.randomUUID()),
              app.get(
                  "/v1/async/chat/completions/" + id.toUpperCase(java.util.Locale.ROOT),
                  "x-api-key",
                  "mine"),
              app.get("/v1/async/chat/completions/no-uuid"),
              app.post(CHAT, "", "x-bf-async-id", "1-1-1-1-1"),
              app.post(CHAT, "", "x-bf-async-id", ""));
      String withoutEvent = null;
      for (var reply : replies) {
        assertError(reply, 404, "job_not_found");
        String body = reply.text().replaceAll(UUID, "event");
        assertThat(body).isEqualTo(withoutEvent == null ? body : withoutEvent);
        withoutEvent = body;
      }
    }
  }

  @Test
  void anUnknownAsyncRouteIsNotFound() {
    try (var app = TestApp.on(container).start(OK)) {
      assertError(app.post("/v1/async/no/such/route", CHAT_BODY), 404, "not_found");
      assertError(app.post("/v1/async", CHAT_BODY), 404, "not_found");
      assertError(app.post("/v1/async/", CHAT_BODY), 404, "not_found");
      assertError(app.get("/v1/async/models"), 404, "not_found");
      assertError(app.get("/v1/async/nowhere/" + java.util.UUID.randomUUID()), 404, "not_found");
      assertError(app.get("/v1/async/chat/completions/a/b/c"), 404, "not_found");
      assertError(app.get("/v1/async/chat/completions/"), 404, "not_found");
    }
  }

  @Test
  void theWrongMethodAnswers405WithWhatIsAllowed() {
    try (var app = TestApp.on(container).start(OK)) {
      String id = app.submitChat();
      String poll = "/v1/async/chat/completions/" + id;
      String[][] cases = {
        {"GET", "/v1/async/chat/completions", "POST"},
        {"DELETE", "/v1/async/chat/completions", "POST"},
        {"POST", poll, "GET, HEAD, DELETE"},
        {"PUT", poll, "GET, HEAD, DELETE"},
        {"GET", poll + "/cancel", "POST"},
        {"DELETE", poll + "/cancel", "POST"}
      };
      for (String[] wrong : cases) {
        var reply = app.send(wrong[0], wrong[1], null);
        assertError(reply, 405, "method_not_allowed");
        assertThat(reply.header("Allow")).isEqualTo(wrong[2]);
        assertThat(reply.json().at("/extra_fields/request_type").asText())
            .isEqualTo("chat_completion");
      }
      var byHeader = app.get(CHAT, "x-bf-async-id", id);
      assertError(byHeader, 405, "method_not_allowed");
      assertThat(byHeader.header("Allow")).isEqualTo("POST");
      assertThat(byHeader.json().at("/extra_fields/request_type").asText())
          .isEqualTo("chat_completion");
      app.whenChatDone(id);
      var head = app.send("HEAD", poll, null);
      assertThat(head.status()).isEqualTo(200);
      assertThat(head.bytes()).isEmpty();
    }
  }

  @Test
  void aFailedJobCarriesTheHandlersOwnError() {
    String[][] cases = {
      {
        "{\"error\":{\"message\":\"No\",\"type\":\"t\",\"code\":\"c\",\"param\":\"p\"}}",
        "No",
        "t",
        "c",
        "p"
      },
      {
        "{\"error\":{\"message\":\"No\",\"type\":null,\"code\":7,\"param\":null}}",
        "No",
        "invalid_request_error",
        "7",
        ""
      },
      {"{\"error\":\"just text\"}", "just text", "invalid_request_error", "", ""},
      {
        "<html>",
        "The handler answered 400 without a message that could be read (6 bytes,"
            + " application/json).",
        "invalid_request_error",
        "",
        ""
      },
      {
        "{\"error\":{\"type\":\"t\",\"code\":\"c\",\"param\":\"p\"}}",
        "The handler answered 400 without a message that could be read (45 bytes,"
            + " application/json).",
        "t",
        "c",
        "p"
      }
    };
    for (String[] given : cases) {
      try (var app =
          TestApp.on(container).start(Handler.answering(400, "application/json", given[0]))) {
        String id = app.submitChat();
        var reply = app.whenChatDone(id);
        var job = reply.json();

        assertThat(reply.status()).isEqualTo(200);
        assertThat(job.path("status").asText()).isEqualTo("failed");
        assertThat(job.path("status_code").asInt()).isEqualTo(400);
        assertThat(job.has("result")).isFalse();
        var error = job.path("error");
        assertThat(error.path("is_bifrost_error").asBoolean()).isFalse();
        assertThat(error.path("status_code").asInt()).isEqualTo(400);
        assertThat(error.at("/error/message").asText()).isEqualTo(given[1]);
        assertThat(error.at("/error/type").asText()).isEqualTo(given[2]);
        assertThat(error.at("/error/code").asText()).isEqualTo(given[3]);
        assertThat(error.at("/error/param").asText()).isEqualTo(given[4]);
        assertThat(error.at("/extra_fields/model_requested").asText()).isEqualTo("openai/gpt-4");
        // Whoever polls twice sees the same.
        assertThat(app.get("/v1/async/chat/completions/" + id).text()).isEqualTo(reply.text());
      }
    }
  }

  @Test
  void aHandlerThatRedirectsHasFailed() {
    try (var app =
        TestApp.on(container).start((request, response) -> response.sendRedirect("/elsewhere"))) {
      var job = app.whenChatDone(app.submitChat()).json();

      assertThat(job.path("status").asText()).isEqualTo("failed");
      assertThat(job.path("status_code").asInt()).isEqualTo(302);
    }
  }

  @Test
  void aHandlerThatCutsTheConnectionIsUnreachable() {
    Handler cutting =
        (request, response) -> {
          response.setContentLength(1000);
          response.getOutputStream().write(1);
          response.flushBuffer();
          throw new IOException("the handler broke");
        };
    try (var app = TestApp.on(container).start(cutting)) {
      var job = app.whenChatDone(app.submitChat()).json();

      assertThat(job.path("status_code").asInt()).isEqualTo(502);
      assertThat(job.at("/error/error/code").asText()).isEqualTo("handler_unreachable");
      assertThat(job.at("/error/is_bifrost_error").asBoolean()).isTrue();
    }
  }

  @Test
  void aTargetWhereNobodyListensIsUnreachable() throws IOException {
    int free;
    try (var socket = new java.net.ServerSocket(0)) {
      free = socket.getLocalPort();
    }
    var nobody = java.net.URI.create("http://127.0.0.1:" + free);
    try (var app = TestApp.on(container).config(c -> c.target(nobody)).start(OK)) {
      var job = app.whenChatDone(app.submitChat()).json();

      assertThat(job.path("status_code").asInt()).isEqualTo(502);
      assertThat(job.at("/error/error/code").asText()).isEqualTo("handler_unreachable");
    }
  }

  @Test
  void aResponseOverTheLimitIsTooLarge() {
    for (boolean announced : List.of(true, false)) {
      Handler big =
          (request, response) -> {
            if (announced) {
              response.setContentLength(100_001);
            }
            response.getOutputStream().write(new byte[100_001]);
          };
      try (var app = TestApp.on(container).config(c -> c.maxResponseSize(100_000)).start(big)) {
        var job = app.whenChatDone(app.submitChat()).json();

        assertThat(job.path("status_code").asInt()).isEqualTo(507);
        assertThat(job.at("/error/error/code").asText()).isEqualTo("response_too_large");
      }
    }
  }

  @Test
  void anUnknownWebhookIsNamedAndMakesNoJob() {
    var runs = new AtomicInteger();
    try (var app = TestApp.on(container).start((request, response) -> runs.incrementAndGet())) {
      var reply =
          app.post("/v1/async/chat/completions", CHAT_BODY, "x-bf-async-webhook", "my-endpoint");

      assertError(reply, 400, "unknown_webhook");
      assertThat(reply.json().at("/error/message").asText()).contains("my-endpoint");
      assertThat(runs).hasValue(0);
    }
  }

  @Test
  void everyRefusalLeavesTheServerWell() {
    try (var app = TestApp.on(container).start(OK)) {
      for (int i = 0; i < 50; i++) {
        app.post(CHAT, "{", "x-bf-async", "true");
      }
      assertThat(app.whenChatDone(app.submitChat()).status()).isEqualTo(200);
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}

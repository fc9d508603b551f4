package io.bifrostfilter;

import static io.bifrostfilter.testing.TestApp.CHAT;
import static io.bifrostfilter.testing.TestApp.CHAT_BODY;
import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.testing.Container;
import io.bifrostfilter.testing.Handler;
import io.bifrostfilter.testing.TestApp;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Section 1 of the contract: which requests are ours, and what a job's route is. */
@ParameterizedClass
@EnumSource(Container.class)
class RecognitionTest {

  private static final Handler ECHO_PATH =
      (request, response) -> {
        request.getInputStream().readAllBytes();
        response.setContentType("application/json");
        String query = request.getQueryString();
        response
            .getWriter()
            .print(
                "{\"path\":\""
                    + request.getRequestURI()
                    + (query == null ? "" : "?" + query)
                    + "\"}");
      };

  private final Container container;

  RecognitionTest(Container container) {
    this.container = container;
  }

  @Test
  void theAsyncHeaderIsMatchedWithoutRegardToCase() {
    try (var app = TestApp.on(container).start(ECHO_PATH)) {
      for (String value : List.of("true", "TRUE", "True", "tRuE")) {
        assertThat(app.post(CHAT, CHAT_BODY, "X-BF-Async", value).header("x-bf-async-id"))
            .as(value)
            .isNotEmpty();
      }
    }
  }

  @Test
  void withAnyOtherValueOfTheAsyncHeaderTheRequestPassesThrough() {
    try (var app = TestApp.on(container).start(ECHO_PATH)) {
      for (String value : List.of("false", "1", "yes", "true, true", "truer")) {
        var reply = app.post(CHAT, "not even json", "x-bf-async", value);

        assertThat(reply.text()).as(value).isEqualTo("{\"path\":\"" + CHAT + "\"}");
        assertThat(reply.header("x-bf-async-id")).isEmpty();
        assertThat(reply.header("Cache-Control")).isEmpty();
      }
      assertThat(app.post(CHAT, CHAT_BODY, "x-bf-async", "false", "Prefer", "respond-async").text())
          .isEqualTo("{\"path\":\"" + CHAT + "\"}");
    }
  }

  @Test
  void onlyAPostIsASubmit() {
    try (var app = TestApp.on(container).start(ECHO_PATH)) {
      assertThat(app.get("/v1/models", "x-bf-async", "true").text())
          .isEqualTo("{\"path\":\"/v1/models\"}");
      assertThat(app.send("PUT", CHAT, CHAT_BODY, "Prefer", "respond-async").text())
          .isEqualTo("{\"path\":\"" + CHAT + "\"}");
    }
  }

  @Test
  void optionsAlwaysPassesThrough() {
    try (var app = TestApp.on(container).start(ECHO_PATH)) {
      for (String path : List.of(CHAT, "/v1/async/chat/completions", "/v1/async/nowhere")) {
        assertThat(
                app.send("OPTIONS", path, null, "x-bf-async", "true", "x-bf-async-id", "x").text())
            .isEqualTo("{\"path\":\"" + path + "\"}");
      }
    }
  }

  @Test
  void everyRouteOfTheListIsPlayedBackToItsOwnPath() {
    String form =
        "--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nm\r\n"
            + "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nx\r\n"
            + "--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a\"\r\n\r\nx\r\n"
            + "--b--\r\n";
    String json =
        "{\"model\":\"m\",\"messages\":[],\"prompt\":\"p\",\"input\":\"i\",\"query\":\"q\","
            + "\"documents\":[],\"document\":{}}";
    try (var app = TestApp.on(container).start(ECHO_PATH)) {
      for (String route :
          List.of(
              "completions",
              "chat/completions",
              "responses",
              "embeddings",
              "audio/speech",
              "audio/transcriptions",
              "images/generations",
              "images/edits",
              "images/variations",
              "rerank",
              "ocr")) {
        boolean multipart =
            Set.of("audio/transcriptions", "images/edits", "images/variations").contains(route);
        var submit =
            app.request("POST", "/v1/async/" + route, multipart ? form : json)
                .setHeader(
                    "Content-Type",
                    multipart ? "multipart/form-data; boundary=b" : "application/json");
        String id = app.send(submit).json().path("id").asText();

        assertThat(app.whenDone(route, id).json().at("/result/path").asText())
            .isEqualTo("/v1/" + route);
      }
    }
  }

  @Test
  void aContextPathIsKeptAndAQueryTravelsOn() {
    try (var app = TestApp.on(container).contextPath("/app").start(ECHO_PATH)) {
      var submit = app.post("/v1/async/chat/completions?a=b%20c&d", CHAT_BODY);
      String id = submit.json().path("id").asText();

      assertThat(submit.header("Location")).isEqualTo("/app/v1/async/chat/completions/" + id);
      assertThat(app.whenChatDone(id).json().at("/result/path").asText())
          .isEqualTo("/app/v1/chat/completions?a=b%20c&d");
    }
  }

  @Test
  void prefixesAndRoutesAreConfigurable() {
    try (var app =
        TestApp.on(container)
            .config(c -> c.pathPrefix("/jobs").targetPrefix("/api/llm").routes(List.of("run")))
            .start(ECHO_PATH)) {
      var submit = app.post("/jobs/run", "{}");
      assertThat(submit.status()).isEqualTo(202);
      String poll = submit.header("Location");
      assertThat(app.get(poll, "Prefer", "wait=20").json().at("/result/path").asText())
          .isEqualTo("/api/llm/run");
      assertThat(app.post("/jobs/chat/completions", CHAT_BODY).status()).isEqualTo(404);
      assertThat(app.post("/v1/async/chat/completions", CHAT_BODY).text())
          .isEqualTo("{\"path\":\"/v1/async/chat/completions\"}");
    }
  }

  @Test
  void aRouteMayBeginLikeAnotherOfTheList() {
    try (var app =
        TestApp.on(container)
            .config(config -> config.routes(List.of("images", "images/edits")))
            .start(ECHO_PATH)) {
      var submit = app.post("/v1/images/edits", "{}", "Prefer", "respond-async");

      assertThat(app.get(submit.header("Location"), "Prefer", "wait=20").status()).isEqualTo(200);
    }
  }

  @Test
  void aRouteOfOpenAisThatIsNotListedHasALocationThatWorks() {
    try (var app =
        TestApp.on(container).config(config -> config.routes(List.of("run"))).start(ECHO_PATH)) {
      var submit = app.post(CHAT, CHAT_BODY, "Prefer", "respond-async");
      String location = submit.header("Location");

      assertThat(app.get(location, "Prefer", "wait=20").status()).isEqualTo(200);
      assertThat(app.post(location + "/cancel", "").status()).isEqualTo(200);
      assertThat(app.send("DELETE", location, null).status()).isEqualTo(204);
      assertThat(app.get(location).json().at("/error/code").asText()).isEqualTo("not_found");
      assertThat(app.post("/v1/async/chat/completions", CHAT_BODY).status()).isEqualTo(404);
    }
  }

  @Test
  void anEmptyTargetPrefixIsAllowed() {
    try (var app = TestApp.on(container).config(c -> c.targetPrefix("")).start(ECHO_PATH)) {
      assertThat(app.whenChatDone(app.submitChat()).json().at("/result/path").asText())
          .isEqualTo("/chat/completions");
    }
  }

  @Test
  void aPathThatOnlyBeginsLikeThePrefixIsNotOurs() {
    try (var app = TestApp.on(container).start(ECHO_PATH)) {
      assertThat(app.post("/v1/asynchronous/chat", "x").status()).isEqualTo(200);
    }
  }

  @Test
  void aJobSubmittedOneWayCanBePolledTheOtherButOnlyAsItsOwnRoute() {
    try (var app = TestApp.on(container).start(ECHO_PATH)) {
      for (String path :
          List.of(
              "/v1/chat/completions",
              "/openai/v1/chat/completions",
              "/openai/deployments/x/chat/completions")) {
        String byHeader = app.post(path, CHAT_BODY, "x-bf-async", "true").header("x-bf-async-id");

        assertThat(app.whenChatDone(byHeader).json().at("/result/path").asText()).isEqualTo(path);
        assertThat(app.post(CHAT, "", "x-bf-async-id", byHeader).status()).isEqualTo(200);
        assertThat(app.get("/v1/async/completions/" + byHeader).status()).isEqualTo(404);
        assertThat(app.post("/v1/completions", "", "x-bf-async-id", byHeader).status())
            .isEqualTo(404);
      }
      String byPath = app.submitChat();
      app.whenChatDone(byPath);
      assertThat(app.post("/v2/chat/completions", "", "x-bf-async-id", byPath).status())
          .isEqualTo(200);
      assertThat(app.post("/v1/responses", "", "x-bf-async-id", byPath).status()).isEqualTo(404);
    }
  }

  @Test
  void aRouteThatIsNotListedIsItsPathAndItsLocationWorks() {
    try (var app = TestApp.on(container).start(ECHO_PATH)) {
      var submit = app.post("/my/own/route", "{}", "Prefer", "respond-async");

      assertThat(submit.status()).isEqualTo(202);
      assertThat(
              app.get(submit.header("Location"), "Prefer", "wait=20")
                  .json()
                  .at("/result/path")
                  .asText())
          .isEqualTo("/my/own/route");
      String id = submit.header("x-bf-async-id");
      assertThat(app.post("/my/own/route", "", "x-bf-async-id", id).status()).isEqualTo(200);
      assertThat(app.post("/my/other/route", "", "x-bf-async-id", id).status()).isEqualTo(404);
    }
  }

  @Test
  void aPathThatOnlyBeginsLikeARouteOfTheListLeadsToItsJobToo() {
    try (var app = TestApp.on(container).start(ECHO_PATH)) {
      for (String path : List.of("/responses/compact", "/embeddings/cancel", "/")) {
        var submit = app.post(path, "{}", "Prefer", "respond-async");
        String location = submit.header("Location");

        var done = app.get(location, "Prefer", "wait=20");
        assertThat(done.json().at("/result/path").asText()).isEqualTo(path);
        assertThat(app.post(location + "/cancel", "").json()).isEqualTo(done.json());
        assertThat(app.send("DELETE", location, null).status()).isEqualTo(204);
        assertThat(app.get(location).status()).isEqualTo(404);
      }
    }
  }

  @Test
  void aSlashAtTheEndOfAPathMakesNoOtherRoute() {
    try (var app = TestApp.on(container).start(ECHO_PATH)) {
      var submit = app.post(CHAT + "/", CHAT_BODY, "Prefer", "respond-async");
      String id = submit.header("x-bf-async-id");

      assertThat(submit.header("Location")).isEqualTo("/v1/async/chat/completions/" + id);
      assertThat(app.whenChatDone(id).json().at("/result/path").asText()).isEqualTo(CHAT + "/");
    }
  }

  @Test
  void withBothAsyncHeaderAndPreferenceTheAnswerIsTheHeaderSurfaces() {
    try (var app = TestApp.on(container).start(ECHO_PATH)) {
      var reply = app.post(CHAT, CHAT_BODY, "x-bf-async", "true", "Prefer", "respond-async");

      assertThat(reply.status()).isEqualTo(200);
      assertThat(reply.json().path("object").asText()).isEqualTo("chat.completion");
      assertThat(reply.header("Preference-Applied")).isEmpty();
    }
  }

  @Test
  void theIdWinsOverTheAsyncHeaderAndTheBodyIsNotRead() {
    Set<String> seen = ConcurrentHashMap.newKeySet();
    Handler handler = (request, response) -> seen.add(request.getRequestURI());
    try (var app = TestApp.on(container).start(handler)) {
      String id = app.submitChat();
      app.whenChatDone(id);
      seen.clear();
      var reply = app.post(CHAT, "{ this is no JSON", "x-bf-async", "true", "x-bf-async-id", id);

      assertThat(reply.status()).isEqualTo(200);
      assertThat(reply.header("x-bf-async-status")).isEqualTo("completed");
      assertThat(seen).isEmpty();
    }
  }

  @Test
  void preferRespondAsyncAnswers202WithLocation() {
    var latch = new CountDownLatch(1);
    try (var app = TestApp.on(container).start(ECHO_PATH.after(latch))) {
      var reply = app.post(CHAT, CHAT_BODY, "Prefer", "handling=lenient, Respond-Async");

      assertThat(reply.status()).isEqualTo(202);
      assertThat(reply.header("Preference-Applied")).isEqualTo("respond-async");
      assertThat(reply.json().path("status").asText()).isEqualTo("pending");
      assertThat(reply.header("Location"))
          .isEqualTo("/v1/async/chat/completions/" + reply.json().path("id").asText());
      latch.countDown();
    }
  }

  @Test
  void preferWithAWaitGivesTheFinishedResultIfThereIsOneByThen() {
    try (var app = TestApp.on(container).start(ECHO_PATH)) {
      var reply = app.post(CHAT, CHAT_BODY, "Prefer", "respond-async, wait=20");

      assertThat(reply.status()).isEqualTo(200);
      assertThat(reply.text()).isEqualTo("{\"path\":\"" + CHAT + "\"}");
      assertThat(reply.header("Preference-Applied")).isEqualTo("wait=20");
      assertThat(reply.header("x-bf-async-status")).isEqualTo("completed");
    }
  }

  @Test
  void preferWithAWaitGivesTheJobIfItIsNotDoneByThen() {
    var latch = new CountDownLatch(1);
    try (var app = TestApp.on(container).start(ECHO_PATH.after(latch))) {
      var reply = app.post(CHAT, CHAT_BODY, "Prefer", "respond-async", "Prefer", "wait=\"1\"");

      assertThat(reply.status()).isEqualTo(202);
      assertThat(reply.json().path("status").asText()).isEqualTo("processing");
      assertThat(reply.header("Preference-Applied")).isEqualTo("respond-async, wait=1");
      latch.countDown();
    }
  }

  @Test
  void theWaitIsNoLongerThanTheMaximum() {
    var latch = new CountDownLatch(1);
    try (var app =
        TestApp.on(container)
            .config(c -> c.maxWait(java.time.Duration.ofSeconds(1)))
            .start(ECHO_PATH.after(latch))) {
      var reply = app.post(CHAT, CHAT_BODY, "Prefer", "respond-async, wait=99999999999");

      assertThat(reply.header("Preference-Applied")).isEqualTo("respond-async, wait=1");
      latch.countDown();
    }
  }

  @Test
  void aSubmitOnThePathSurfaceCanWaitToo() {
    try (var app = TestApp.on(container).start(ECHO_PATH)) {
      var reply = app.post("/v1/async/chat/completions", CHAT_BODY, "Prefer", "wait=20");

      assertThat(reply.status()).isEqualTo(200);
      assertThat(reply.json().path("status").asText()).isEqualTo("completed");
    }
  }
}

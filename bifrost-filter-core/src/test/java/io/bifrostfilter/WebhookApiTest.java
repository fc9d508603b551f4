package io.bifrostfilter;

import static io.bifrostfilter.WebhookFixture.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bifrostfilter.WebhookFixture.Made;
import io.bifrostfilter.testing.Container;
import io.bifrostfilter.testing.Handler;
import io.bifrostfilter.testing.Receiver.Reaction;
import io.bifrostfilter.testing.Receiver.Received;
import io.bifrostfilter.testing.TestApp;
import io.bifrostfilter.testing.TestApp.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Managing endpoints, over HTTP (contract, section 7). */
@Timeout(60)
class WebhookApiTest {

  private static final String API = "/api/webhooks";

  private final WebhookFixture webhooks = new WebhookFixture();
  private final TestApp app = webhooks.app;

  @AfterEach
  void stop() {
    webhooks.close();
  }

  @Test
  void withoutAnAdministratorsTokenThereIsNoApi() {
    try (TestApp without = TestApp.on(Container.JETTY).start(Handler.answeringJson("{}"))) {
      for (String path : List.of("", "/", "/" + UUID.randomUUID(), "/x/y/z")) {
        Reply reply = without.get(API + path, ADMIN);
        assertThat(reply.status()).isEqualTo(404);
        assertThat(code(reply)).isEqualTo("not_found");
      }
      assertThat(without.get("/api/webhooksX").status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        "an-administrators-token",
        "Basic an-administrators-token",
        "Bearer an-administrators-toke",
        "Bearer an-administrators-tokenX"
      })
  void whoeverHasNotTheTokenIsRefused(String authorization) {
    Reply reply =
        authorization.isEmpty() ? app.get(API) : app.get(API, "Authorization", authorization);

    assertThat(reply.status()).isEqualTo(401);
    assertThat(reply.header("WWW-Authenticate")).isEqualTo("Bearer");
    assertThat(code(reply)).isEqualTo("invalid_admin_token");
    assertThat(reply.header("Cache-Control")).isEqualTo("no-store");
    assertThat(app.post(API, webhooks.endpoint("x").toString()).status()).isEqualTo(401);
  }

  @Test
  void anEndpointIsMadeWithTheDefaultsOfTheContract() {
    ObjectNode sent = WebhookFixture.object();
    sent.put("name", "billing").put("url", "https://hooks.example/a");
    sent.putArray("events").add("async_job.failed");

    Reply made = app.post(API, sent.toString(), ADMIN);

    assertThat(made.status()).isEqualTo(201);
    assertThat(made.json().path("secret").asText()).matches("whsec_[A-Za-z0-9+/]{43}=");
    JsonNode endpoint = made.json().path("endpoint");
    String id = endpoint.path("id").asText();
    assertThat(made.header("Location")).isEqualTo(API + "/" + id);
    assertThat(endpoint.path("name").asText()).isEqualTo("billing");
    assertThat(endpoint.path("url").asText()).isEqualTo("https://hooks.example/a");
    assertThat(endpoint.path("events").toString()).isEqualTo("[\"async_job.failed\"]");
    assertThat(endpoint.path("headers").toString()).isEqualTo("{}");
    for (String off : List.of("include_response", "allow_private_network", "disabled")) {
      assertThat(endpoint.path(off).isBoolean()).as(off).isTrue();
      assertThat(endpoint.path(off).booleanValue()).as(off).isFalse();
    }
    assertThat(endpoint.path("max_retries").intValue()).isEqualTo(4);
    assertThat(endpoint.path("retry_backoff_initial_seconds").intValue()).isEqualTo(30);
    assertThat(endpoint.path("retry_backoff_max_seconds").intValue()).isEqualTo(1800);
    assertThat(endpoint.path("attempt_timeout_seconds").intValue()).isEqualTo(10);
    assertThat(endpoint.path("max_response_payload_kbs").intValue()).isEqualTo(256);
    assertThat(endpoint.path("max_concurrent_deliveries").intValue()).isEqualTo(10);
    assertThat(endpoint.path("consecutive_failures").isIntegralNumber()).isTrue();
    assertThat(endpoint.has("last_success_at")).isFalse();
    assertThat(endpoint.path("created_at").asText()).endsWith("Z");
    assertThat(endpoint.path("updated_at")).isEqualTo(endpoint.path("created_at"));
    assertThat(endpoint.has("secret")).isFalse();
    assertThat(webhooks.read(id)).isEqualTo(endpoint);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "name | null",
        "name | \"\"",
        "name | \" x\"",
        "name | 7",
        "name | \"\\u0000\"",
        "url | null",
        "url | \"not a url\"",
        "url | 7",
        "events | null",
        "events | []",
        "events | \"async_job.completed\"",
        "events | [\"async_job.started\"]",
        "events | [7]",
        "headers | []",
        "headers | {\"X-Team\": \"x\"}",
        "headers | {\"X-Team\": {\"value\": 7}}",
        "headers | {\"X-Team\": {\"value\": \"<REDACTED>\"}}",
        "headers | {\"X-Team\": {\"value\": \"a\\r\\nb\"}}",
        "headers | {\"X Team\": {\"value\": \"x\"}}",
        "headers | {\"Webhook-Id\": {\"value\": \"x\"}}",
        "headers | {\"X-Bifrost-Event\": {\"value\": \"x\"}}",
        "headers | {\"HOST\": {\"value\": \"x\"}}",
        "headers | {\"content-length\": {\"value\": \"1\"}}",
        "headers | {\"Expect\": {\"value\": \"100-continue\"}}",
        "headers | {\"Connection\": {\"value\": \"x\"}}",
        "headers | {\"Transfer-Encoding\": {\"value\": \"x\"}}",
        "headers | {\"X-Team\": {\"value\": \"x\"}, \"x-team\": {\"value\": \"y\"}}",
        "include_response | 1",
        "allow_private_network | \"true\"",
        "disabled | 0",
        "max_retries | -1",
        "max_retries | 1.5",
        "retry_backoff_initial_seconds | -1",
        "retry_backoff_max_seconds | -1",
        "attempt_timeout_seconds | -1",
        "max_response_payload_kbs | -1",
        "max_concurrent_deliveries | -1",
        "max_concurrent_deliveries | 99999999999",
        "max_retrys | 3"
      })
  void aBadValueIsRefusedByName(String field, String value) throws Exception {
    ObjectNode endpoint = webhooks.endpoint("billing");
    endpoint.set(field, new ObjectMapper().readTree(value));

    Reply reply = app.post(API, endpoint.toString(), ADMIN);

    assertThat(reply.status()).as(reply.text()).isEqualTo(400);
    assertThat(code(reply)).isEqualTo("invalid_webhook");
    assertThat(reply.json().path("error").path("param").asText()).isEqualTo(field);
    assertThat(reply.json().path("is_bifrost_error").asBoolean()).isTrue();
    assertThat(app.get(API, ADMIN).json().path("total_count").asInt()).isZero();
  }

  @Test
  void moreHeadersThanReceiversTakeAreRefused() {
    ObjectNode endpoint = webhooks.endpoint("billing");
    endpoint.putObject("headers").putObject("X-Team").put("value", "x".repeat(4096 - 6));
    webhooks.make(endpoint);
    webhooks.submit("billing");
    assertThat(webhooks.receiver.take().header("x-team")).hasSize(4090);
    endpoint.put("name", "more").putObject("headers");
    endpoint.withObject("/headers/X-Team").put("value", "x".repeat(4096 - 5));

    Reply reply = app.post(API, endpoint.toString(), ADMIN);

    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.json().path("error").path("param").asText()).isEqualTo("headers");
  }

  @Test
  void aBodyThatIsNotThereIsAskedFor() {
    Made made = webhooks.make(webhooks.endpoint("billing"));

    for (Reply reply :
        List.of(app.post(API, "", ADMIN), app.send("PUT", API + "/" + made.id(), "", ADMIN))) {
      assertThat(reply.status()).isEqualTo(400);
      assertThat(code(reply)).isEqualTo("invalid_webhook");
      assertThat(reply.text()).contains("is empty", "application/json");
    }
  }

  @Test
  void whatIsNotAsciiInAUrlIsSentEscaped() {
    webhooks.make(webhooks.endpoint("billing").put("url", webhooks.receiver.url() + "&ä=%C3%A4"));

    webhooks.submit("billing");

    assertThat(webhooks.receiver.take().line())
        .isEqualTo("POST /hook?x=%20y&%C3%A4=%C3%A4 HTTP/1.1");
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '\0',
      delimiter = '|',
      value = {
        "{|malformed at line 1, column",
        "[]|not an object",
        "7|not an object",
        "null|not an object",
        "{} x|malformed at line 1, column",
        "{\"name\":\"a\",\"name\":\"b\"}|a key comes twice in the same object at line 1, column"
      })
  void whatIsNoJsonObjectIsRefusedWithThePlace(String body, String problem) {
    Reply reply = app.post(API, body, ADMIN);

    assertThat(reply.status()).isEqualTo(400);
    assertThat(code(reply)).isEqualTo("invalid_json");
    assertThat(reply.json().at("/error/message").asText()).contains(problem);
  }

  @Test
  void aNameIsTakenOnce() {
    webhooks.make(webhooks.endpoint("billing"));
    Made other = webhooks.make(webhooks.endpoint("other"));

    Reply again = app.post(API, webhooks.endpoint("billing").toString(), ADMIN);
    Reply renamed =
        app.send("PUT", API + "/" + other.id(), webhooks.endpoint("billing").toString(), ADMIN);

    assertThat(again.status()).isEqualTo(409);
    assertThat(code(again)).isEqualTo("webhook_name_taken");
    assertThat(renamed.status()).isEqualTo(409);
    assertThat(webhooks.read(other.id()).path("name").asText()).isEqualTo("other");
  }

  @Test
  void anEndpointIsReplacedWhole() {
    ObjectNode sent = webhooks.endpoint("billing").put("max_retries", 1);
    sent.putObject("headers").putObject("X-Team").put("value", "first");
    Made made = webhooks.make(sent);
    webhooks.clock.advance(Duration.ofSeconds(1));
    ObjectNode next = webhooks.endpoint("accounting").put("include_response", true);

    Reply replaced = app.send("PUT", API + "/" + made.id(), next.toString(), ADMIN);

    assertThat(replaced.status()).isEqualTo(200);
    JsonNode endpoint = replaced.json();
    assertThat(endpoint.path("id").asText()).isEqualTo(made.id());
    assertThat(endpoint.path("name").asText()).isEqualTo("accounting");
    assertThat(endpoint.path("max_retries").asInt()).isEqualTo(4);
    assertThat(endpoint.path("headers").toString()).isEqualTo("{}");
    assertThat(endpoint.path("include_response").asBoolean()).isTrue();
    assertThat(endpoint.path("updated_at")).isNotEqualTo(endpoint.path("created_at"));
    assertThat(endpoint.has("secret")).isFalse();
    assertThat(webhooks.read(made.id())).isEqualTo(endpoint);
    Reply missing = app.send("PUT", API + "/" + made.id(), "{}", ADMIN);
    assertThat(missing.status()).isEqualTo(400);
  }

  @Test
  void aHeadersValueIsNeverShownAndKeptIfItComesBackRedacted() {
    ObjectNode sent = webhooks.endpoint("billing");
    sent.putObject("headers").putObject("X-Team").put("value", "s3cret");
    Made made = webhooks.make(sent);
    JsonNode shown = webhooks.read(made.id());
    assertThat(shown.path("headers").path("X-Team").path("value").asText()).isEqualTo("<REDACTED>");

    // What was read is sent back as it is.
    Reply replaced = app.send("PUT", API + "/" + made.id(), shown.toString(), ADMIN);

    assertThat(replaced.status()).as(replaced.text()).isEqualTo(200);
    assertThat(replaced.text()).doesNotContain("s3cret");
    assertThat(app.get(API, ADMIN).text()).doesNotContain("s3cret", "whsec_");
    webhooks.submit("billing");
    assertThat(webhooks.receiver.take().header("x-team")).isEqualTo("s3cret");
  }

  @Test
  void aDeletedEndpointIsGone() {
    Made made = webhooks.make(webhooks.endpoint("billing"));

    Reply deleted = app.send("DELETE", API + "/" + made.id(), null, ADMIN);

    assertThat(deleted.status()).isEqualTo(200);
    assertThat(deleted.json().toString()).isEqualTo("{\"status\":\"success\"}");
    for (Reply gone :
        List.of(
            app.get(API + "/" + made.id(), ADMIN),
            app.send("DELETE", API + "/" + made.id(), null, ADMIN),
            app.send("PUT", API + "/" + made.id(), webhooks.endpoint("b").toString(), ADMIN),
            app.get(API + "/" + made.id() + "/deliveries", ADMIN),
            app.send("POST", API + "/" + made.id() + "/rotate-secret", null, ADMIN),
            app.send("POST", API + "/" + made.id() + "/test", null, ADMIN),
            app.send("POST", API + "/deliveries/" + made.id() + "/redeliver", null, ADMIN),
            app.get(API + "/no-id", ADMIN),
            app.get(API + "/" + made.id() + "/nothing", ADMIN))) {
      assertThat(gone.status()).isEqualTo(404);
      assertThat(code(gone)).isEqualTo("not_found");
    }
    assertThat(submitNaming("billing").status()).isEqualTo(400);
  }

  @Test
  void aSubmitThatNamesNoEndpointIsRefusedAndMakesNoJob() {
    webhooks.make(webhooks.endpoint("off").put("disabled", true));

    for (String name : List.of("unknown", "off", "")) {
      Reply reply = submitNaming(name);

      assertThat(reply.status()).isEqualTo(400);
      assertThat(code(reply)).isEqualTo("unknown_webhook");
      assertThat(reply.json().path("error").path("message").asText()).contains('"' + name + '"');
      assertThat(reply.header("x-bf-async-id")).isEmpty();
    }
  }

  @Test
  void aRotatedSecretSignsWhatIsDeliveredFromThenOn() throws Exception {
    Made made = webhooks.make(webhooks.endpoint("billing"));

    Reply rotated = app.send("POST", API + "/" + made.id() + "/rotate-secret", null, ADMIN);

    assertThat(rotated.status()).isEqualTo(200);
    String secret = rotated.json().path("secret").asText();
    assertThat(secret).startsWith("whsec_").isNotEqualTo(made.secret());
    assertThat(rotated.json().path("endpoint")).isEqualTo(webhooks.read(made.id()));
    webhooks.submit("billing");
    WebhookFixture.verify(webhooks.receiver.take(), secret);
  }

  @Test
  void endpointsAreSearchedFilteredAndPaged() {
    for (String name : List.of("c-billing", "a-billing", "b-other")) {
      webhooks.make(webhooks.endpoint(name));
    }
    ObjectNode failed = webhooks.endpoint("d-off").put("disabled", true);
    failed.putArray("events").add("async_job.failed");
    webhooks.make(failed.put("url", "https://hooks.example/special"));

    assertThat(names("")).containsExactly("a-billing", "b-other", "c-billing", "d-off");
    assertThat(names("?search=BILL")).containsExactly("a-billing", "c-billing");
    assertThat(names("?search=special")).containsExactly("d-off");
    assertThat(names("?event=async_job.completed"))
        .containsExactly("a-billing", "b-other", "c-billing");
    assertThat(names("?disabled=true")).containsExactly("d-off");
    assertThat(names("?disabled=false&search=b-")).containsExactly("b-other");
    assertThat(names("?limit=2&offset=1")).containsExactly("b-other", "c-billing");
    JsonNode page = app.get(API + "?limit=2&offset=3", ADMIN).json();
    assertThat(page.path("count").asInt()).isEqualTo(1);
    assertThat(page.path("total_count").asInt()).isEqualTo(4);
    assertThat(page.path("limit").asInt()).isEqualTo(2);
    assertThat(page.path("offset").asInt()).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "limit=0",
        "limit=-1",
        "limit=x",
        "limit=501",
        "limit=99999999999999999999",
        "offset=-1",
        "offset=1.5",
        "disabled=yes",
        "event=async_job.started"
      })
  void aBadParameterIsRefused(String query) {
    Reply reply = app.get(API + "?" + query, ADMIN);

    assertThat(reply.status()).isEqualTo(400);
    assertThat(code(reply)).isEqualTo("invalid_webhook");
    assertThat(reply.json().path("error").path("param").asText())
        .isEqualTo(query.substring(0, query.indexOf('=')));
  }

  @Test
  void historyIsPagedNewestFirst() {
    Made made = webhooks.make(webhooks.endpoint("billing"));
    for (int i = 1; i <= 3; i++) {
      webhooks.submit("billing");
      webhooks.attempts(made.id(), i);
      webhooks.clock.advance(Duration.ofSeconds(1));
    }
    List<JsonNode> all = webhooks.attempts(made.id(), 3);

    JsonNode page = app.get(API + "/" + made.id() + "/deliveries?limit=1&offset=1", ADMIN).json();

    assertThat(page.path("deliveries").get(0)).isEqualTo(all.get(1));
    assertThat(page.path("deliveries")).hasSize(1);
    assertThat(page.path("pagination").toString())
        .isEqualTo("{\"limit\":1,\"offset\":1,\"total_count\":3}");
    assertThat(all)
        .isSortedAccordingTo(
            (a, b) -> b.path("created_at").asText().compareTo(a.path("created_at").asText()));
    assertThat(app.get(API + "/" + made.id() + "/deliveries?limit=0", ADMIN).status())
        .isEqualTo(400);
  }

  @Test
  void historyIsKeptForItsTime() {
    Made made = webhooks.make(webhooks.endpoint("billing"));
    webhooks.submit("billing");
    String old = webhooks.attempts(made.id(), 1).get(0).path("id").asText();

    webhooks.clock.advance(Duration.ofDays(30).plusSeconds(1));

    while (!app.get(API + "/" + made.id() + "/deliveries", ADMIN)
        .json()
        .path("deliveries")
        .isEmpty()) {
      // It goes within a minute of the clock, which has passed, and of a second or so of ours.
      Thread.onSpinWait();
    }
    assertThat(app.send("POST", API + "/deliveries/" + old + "/redeliver", null, ADMIN).status())
        .isEqualTo(404);
  }

  @Test
  void anEndpointCanBeTried() throws Exception {
    Made made = webhooks.make(webhooks.endpoint("billing"));

    Reply tried =
        app.post(API + "/" + made.id() + "/test", "{\"event\":\"async_job.failed\"}", ADMIN);

    assertThat(tried.status()).isEqualTo(200);
    assertThat(tried.json().toString())
        .isEqualTo("{\"delivered\":true,\"receiver_status_code\":204}");
    Received told = webhooks.receiver.take();
    WebhookFixture.verify(told, made.secret());
    assertThat(told.header("x-bifrost-event")).isEqualTo("async_job.failed");
    assertThat(told.json().path("data").path("status").asText()).isEqualTo("failed");
    assertThat(webhooks.attempts(made.id(), 0)).isEmpty();
    assertThat(webhooks.read(made.id()).has("last_success_at")).isFalse();
  }

  @Test
  void aTestThatFailsSaysWhy() {
    Made made = webhooks.make(webhooks.endpoint("billing"));
    webhooks.receiver.next(Reaction.status(500), Reaction.reset());

    JsonNode answered = app.send("POST", API + "/" + made.id() + "/test", null, ADMIN).json();
    JsonNode broken = app.send("POST", API + "/" + made.id() + "/test", null, ADMIN).json();

    assertThat(answered.path("delivered").asBoolean(true)).isFalse();
    assertThat(answered.path("error").asText()).contains("500");
    assertThat(broken.path("delivered").asBoolean(true)).isFalse();
    assertThat(broken.path("error").asText()).contains("broke");
  }

  @Test
  void aTestThatWouldNotBeDeliveredIsRefused() {
    ObjectNode completedOnly = webhooks.endpoint("completed-only");
    completedOnly.putArray("events").add("async_job.completed");
    Made subscribed = webhooks.make(completedOnly);
    Made off = webhooks.make(webhooks.endpoint("off").put("disabled", true));
    String failed = "{\"event\":\"async_job.failed\"}";

    Reply notSubscribed = app.post(API + "/" + subscribed.id() + "/test", failed, ADMIN);
    Reply disabled = app.post(API + "/" + off.id() + "/test", failed, ADMIN);
    Reply unknown = app.post(API + "/" + off.id() + "/test", "{\"event\":\"x\"}", ADMIN);

    assertThat(notSubscribed.status()).isEqualTo(400);
    assertThat(code(notSubscribed)).isEqualTo("webhook_not_subscribed");
    assertThat(disabled.status()).isEqualTo(400);
    assertThat(code(disabled)).isEqualTo("webhook_disabled");
    assertThat(unknown.status()).isEqualTo(400);
    assertThat(unknown.json().path("error").path("param").asText()).isEqualTo("event");
  }

  @Test
  void aMethodThatDoesNotWorkIsAnsweredWithThoseThatDo() {
    Made made = webhooks.make(webhooks.endpoint("billing"));

    assertAllowed(app.send("DELETE", API, null, ADMIN), "GET, HEAD, POST");
    assertAllowed(app.post(API + "/" + made.id(), "{}", ADMIN), "GET, HEAD, PUT, DELETE");
    assertAllowed(app.get(API + "/" + made.id() + "/test", ADMIN), "POST");
    assertAllowed(app.get(API + "/" + made.id() + "/rotate-secret", ADMIN), "POST");
    assertAllowed(app.post(API + "/" + made.id() + "/deliveries", "{}", ADMIN), "GET, HEAD");
  }

  @Test
  void theContextPathIsKeptInWhatIsTold() {
    try (TestApp below =
        TestApp.on(Container.JETTY)
            .contextPath("/app")
            .config(config -> config.webhooksAdminToken(WebhookFixture.TOKEN))
            .start(Handler.answeringJson("{}"))) {
      Reply made = below.post(API, webhooks.endpoint("billing").toString(), ADMIN);
      assertThat(made.header("Location")).startsWith("/app/api/webhooks/");

      String id = below.submitChat("x-bf-async-webhook", "billing");

      assertThat(webhooks.receiver.take().json().path("data").path("result_url").asText())
          .isEqualTo("/app/v1/async/chat/completions/" + id);
    }
  }

  private Reply submitNaming(String name) {
    return app.post("/v1/async/chat/completions", TestApp.CHAT_BODY, "x-bf-async-webhook", name);
  }

  private List<String> names(String query) {
    Reply reply = app.get(API + query, ADMIN);
    assertThat(reply.status()).as(reply.text()).isEqualTo(200);
    var names = new ArrayList<String>();
    reply.json().path("endpoints").forEach(each -> names.add(each.path("name").asText()));
    return names;
  }

  private static void assertAllowed(Reply reply, String methods) {
    assertThat(reply.status()).isEqualTo(405);
    assertThat(reply.header("Allow")).isEqualTo(methods);
    assertThat(code(reply)).isEqualTo("method_not_allowed");
  }

  private static String code(Reply reply) {
    return reply.json().path("error").path("code").asText();
  }
}

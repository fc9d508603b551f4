package io.bifrostfilter;

import static io.bifrostfilter.WebhookFixture.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.bifrostfilter.WebhookFixture.Made;
import io.bifrostfilter.testing.Handler;
import io.bifrostfilter.testing.Receiver.Reaction;
import io.bifrostfilter.testing.TestApp;
import io.bifrostfilter.testing.TestApp.Reply;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What becomes of stored endpoints when the keys that seal them are rotated, or lost. */
@Timeout(60)
class WebhookKeysTest {

  private static final String OLD = Base64.getEncoder().encodeToString(new byte[32]);
  private static final String NEW = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
  private static final String SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

  private final String url = "jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1";

  @Test
  void anEndpointOutlivesTheKeyThatItWasSealedWith() throws Exception {
    Made made;
    JsonNode before;
    try (var app = started(OLD)) {
      made = app.make(app.endpoint("billing"));
      before = app.read(made.id());
    }
    started(NEW + "," + OLD).close();
    try (var app = started(NEW)) {
      assertThat(app.read(made.id())).isEqualTo(before);
      Reply replaced =
          app.app.send(
              "PUT",
              path(made, ""),
              app.endpoint("billing").put("max_retries", 1).toString(),
              ADMIN);
      assertThat(replaced.status()).isEqualTo(200);

      app.submit("billing");

      WebhookFixture.verify(app.receiver.take(), made.secret());
    }
  }

  @Test
  void anEndpointWhoseKeyIsLostIsShownAsSuchAndHarmsNoOther() throws Exception {
    Made lost = lostEndpoint();
    try (var app = started(NEW)) {
      Made fine = app.make(app.endpoint("fine"));

      JsonNode page = list(app, "");
      assertThat(page.path("total_count").asInt()).isEqualTo(2);
      assertThat(page.path("endpoints").get(0)).isEqualTo(app.read(fine.id()));
      assertThat(page.path("endpoints").get(1).toString())
          .isEqualTo(
              "{\"id\":\""
                  + lost.id()
                  + "\",\"name\":\"lost\",\"unreadable\":true,\"consecutive_failures\":0}");
      assertThat(list(app, "?search=LOS").path("total_count").asInt()).isEqualTo(1);
      assertThat(list(app, "?disabled=false").path("total_count").asInt()).isEqualTo(1);
      assertThat(list(app, "?event=async_job.failed").path("total_count").asInt()).isEqualTo(1);

      app.submit("fine");
      WebhookFixture.verify(app.receiver.take(), fine.secret());
    }
  }

  @Test
  void whatNeedsAnEndpointWhoseKeyIsLostSaysSo() {
    Made lost = lostEndpoint();
    try (var app = started(NEW)) {
      JsonNode history = app.attempts(lost.id(), 1).get(0);
      assertThat(history.path("outcome").asText()).isEqualTo("retryable_failure");

      for (Reply refused :
          List.of(
              app.app.get(path(lost, ""), ADMIN),
              app.app.send("PUT", path(lost, ""), app.endpoint("lost").toString(), ADMIN),
              app.app.send("POST", path(lost, "/rotate-secret"), null, ADMIN),
              app.app.send("POST", path(lost, "/test"), null, ADMIN),
              app.app.send(
                  "POST",
                  "/api/webhooks/deliveries/" + history.path("id").asText() + "/redeliver",
                  null,
                  ADMIN),
              app.app.post(
                  "/v1/async/chat/completions", TestApp.CHAT_BODY, "x-bf-async-webhook", "lost"))) {
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.header("Retry-After")).isNotEmpty();
        JsonNode error = refused.json().path("error");
        assertThat(error.path("code").asText()).isEqualTo("webhook_unreadable");
        assertThat(error.path("message").asText())
            .contains("\"lost\"", "bifrost.async.encryption-key");
      }
      assertThat(app.app.send("POST", "/api/webhooks", app.endpoint("lost").toString(), ADMIN))
          .extracting(Reply::status)
          .isEqualTo(409);
    }
    try (var again = started(OLD)) {
      // Its key is back.
      assertThat(again.read(lost.id()).path("name").asText()).isEqualTo("lost");
    }
  }

  @Test
  void anEndpointWhoseKeyIsLostCanBeDeletedAndMadeAgain() {
    Made lost = lostEndpoint();
    try (var app = started(NEW)) {
      Reply deleted = app.app.send("DELETE", path(lost, ""), null, ADMIN);

      assertThat(deleted.status()).isEqualTo(200);
      assertThat(deleted.text()).isEqualTo("{\"status\":\"success\"}");
      assertThat(list(app, "").path("total_count").asInt()).isZero();
      assertThat(app.app.get(path(lost, "/deliveries"), ADMIN).status()).isEqualTo(404);
      assertThat(app.app.send("DELETE", path(lost, ""), null, ADMIN).status()).isEqualTo(404);
      app.make(app.endpoint("lost"));
    }
  }

  @Test
  void aDeclaredEndpointWhoseKeyIsLostIsWrittenAnew() throws Exception {
    String id;
    try (var app = started(OLD, this::declare)) {
      id = only(app).path("id").asText();
    }
    try (var app = started(NEW, this::declare)) {
      assertThat(only(app).path("id").asText()).isEqualTo(id);
      assertThat(only(app).path("declared").asBoolean()).isTrue();
      assertThat(app.app.send("POST", "/api/webhooks/" + id + "/rotate-secret", null, ADMIN))
          .extracting(Reply::status)
          .isEqualTo(403);
    }
  }

  /** It has a delivery that waits, and a history. */
  private Made lostEndpoint() {
    try (var app = started(OLD)) {
      Made lost = app.make(app.endpoint("lost"));
      app.receiver.next(Reaction.status(500));
      app.submit("lost");
      app.attempts(lost.id(), 1);
      return lost;
    }
  }

  private void declare(AsyncJobsConfig.Builder config) {
    config.webhookEndpoint(WebhookEndpointConfig.of("declared", "https://hooks.example/", SECRET));
  }

  private WebhookFixture started(String keys) {
    return started(keys, config -> {});
  }

  private WebhookFixture started(String keys, Consumer<AsyncJobsConfig.Builder> change) {
    return new WebhookFixture(
        Handler.answeringJson("{}"),
        config ->
            change.accept(
                config
                    .store(StoreType.JDBC)
                    .jdbcUrl(url)
                    .encryptionKey(keys)
                    .drainTimeout(Duration.ofMillis(100))));
  }

  private static String path(Made made, String rest) {
    return "/api/webhooks/" + made.id() + rest;
  }

  private static JsonNode list(WebhookFixture app, String query) {
    Reply reply = app.app.get("/api/webhooks" + query, ADMIN);
    assertThat(reply.status()).as(reply.text()).isEqualTo(200);
    return reply.json();
  }

  private static JsonNode only(WebhookFixture app) {
    JsonNode page = list(app, "");
    assertThat(page.path("total_count").asInt()).isEqualTo(1);
    return page.path("endpoints").get(0);
  }
}

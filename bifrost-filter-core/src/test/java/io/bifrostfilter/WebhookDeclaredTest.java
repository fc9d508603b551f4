package io.bifrostfilter;

import static io.bifrostfilter.WebhookFixture.ADMIN;
import static io.bifrostfilter.testing.Proxies.proxy;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.memory.MemoryJobStore;
import io.bifrostfilter.testing.Container;
import io.bifrostfilter.testing.Handler;
import io.bifrostfilter.testing.Receiver;
import io.bifrostfilter.testing.TestApp;
import io.bifrostfilter.testing.TestApp.Reply;
import java.time.Clock;
import java.util.Optional;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Endpoints that the configuration declares. */
@Timeout(60)
class WebhookDeclaredTest {

  private static final String SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

  private final Receiver receiver = new Receiver();
  private final MemoryJobStore store = new MemoryJobStore(Clock.systemUTC(), 1 << 20);

  @AfterEach
  void stop() {
    receiver.close();
    store.close();
  }

  @Test
  void aDeclaredEndpointIsThereAndTold() throws Exception {
    try (TestApp app = app("billing", SECRET)) {
      app.submitChat("x-bf-async-webhook", "billing");

      WebhookFixture.verify(receiver.take(), SECRET);
    }
  }

  @Test
  void aDeclaredEndpointNeedsNoAdministrator() throws Exception {
    try (TestApp app =
        TestApp.on(Container.JETTY)
            .config(config -> declare(config, "billing", SECRET))
            .start(Handler.answeringJson("{}"))) {
      app.submitChat("x-bf-async-webhook", "billing");

      WebhookFixture.verify(receiver.take(), SECRET);
    }
  }

  @Test
  void whereNobodyCanMakeAnEndpointASubmitThatNamesOneIsRefused() {
    try (TestApp app = TestApp.on(Container.JETTY).start(Handler.answeringJson("{}"))) {
      Reply reply =
          app.post(
              "/v1/async/chat/completions", TestApp.CHAT_BODY, "x-bf-async-webhook", "billing");

      assertThat(reply.status()).isEqualTo(400);
      assertThat(reply.json().path("error").path("code").asText()).isEqualTo("unknown_webhook");
      assertThat(app.get("/api/webhooks", ADMIN).status()).isEqualTo(404);
    }
  }

  @Test
  void aDeclaredEndpointCanBeReadAndNotChanged() {
    try (TestApp app = app("billing", SECRET)) {
      JsonNode endpoint = only(app);
      assertThat(endpoint.path("declared").asBoolean()).isTrue();
      String path = "/api/webhooks/" + endpoint.path("id").asText();

      for (Reply refused :
          new Reply[] {
            app.send("PUT", path, endpoint.toString(), ADMIN),
            app.send("DELETE", path, null, ADMIN),
            app.send("POST", path + "/rotate-secret", null, ADMIN)
          }) {
        assertThat(refused.status()).isEqualTo(403);
        assertThat(refused.json().path("error").path("code").asText())
            .isEqualTo("webhook_read_only");
        assertThat(refused.json().path("error").path("message").asText())
            .contains("bifrost.async.webhooks.endpoints");
      }
      assertThat(only(app)).isEqualTo(endpoint);
      assertThat(app.send("POST", path + "/test", null, ADMIN).json().path("delivered").asBoolean())
          .isTrue();
    }
  }

  @Test
  void endpointsAreReconciledByTheirNamesAtEachStart() {
    String id;
    String updated;
    try (TestApp app = app("billing", SECRET)) {
      id = only(app).path("id").asText();
      updated = only(app).path("updated_at").asText();
    }
    try (TestApp same = app("billing", SECRET)) {
      assertThat(only(same).path("id").asText()).isEqualTo(id);
      assertThat(only(same).path("updated_at").asText()).isEqualTo(updated);
    }
    String rotated = SECRET.replace("MDEy", "MDEz");
    try (TestApp changed = app("billing", rotated)) {
      assertThat(only(changed).path("id").asText()).isEqualTo(id);
      assertThat(store.webhooks().orElseThrow().endpoints().get(0).secret()).isEqualTo(rotated);
    }
    try (TestApp renamed = app("accounting", SECRET)) {
      assertThat(only(renamed).path("name").asText()).isEqualTo("accounting");
      assertThat(only(renamed).path("id").asText()).isNotEqualTo(id);
    }
  }

  @Test
  void aStoreWithoutWebhooksRefusesSubmitsThatNameOne() {
    try (TestApp app =
        TestApp.on(Container.JETTY)
            .config(config -> config.webhooksAdminToken(WebhookFixture.TOKEN))
            .jobs(jobs -> jobs.store(withoutWebhooks()))
            .start(Handler.answeringJson("{}"))) {
      Reply reply =
          app.post(
              "/v1/async/chat/completions", TestApp.CHAT_BODY, "x-bf-async-webhook", "billing");

      assertThat(reply.status()).isEqualTo(400);
      assertThat(reply.json().path("error").path("code").asText()).isEqualTo("unknown_webhook");
      assertThat(app.get("/api/webhooks", ADMIN).status()).isEqualTo(404);
      assertThat(app.whenChatDone(app.submitChat()).status()).isEqualTo(200);
    }
  }

  @Test
  void endpointsDeclaredForAStoreWithoutWebhooksEndTheStartUp() {
    Assertions.assertThatThrownBy(
            () ->
                AsyncJobs.builder()
                    .config(config("billing", SECRET))
                    .store(withoutWebhooks())
                    .build())
        .isInstanceOf(InvalidConfigException.class)
        .hasMessageContaining("does not support webhooks");
  }

  private TestApp app(String name, String secret) {
    return TestApp.on(Container.JETTY)
        .config(config -> declare(config.webhooksAdminToken(WebhookFixture.TOKEN), name, secret))
        .jobs(jobs -> jobs.store(surviving(store)))
        .start(Handler.answeringJson("{}"));
  }

  private AsyncJobsConfig config(String name, String secret) {
    AsyncJobsConfig.Builder config = AsyncJobsConfig.builder();
    declare(config, name, secret);
    return config.build();
  }

  private void declare(AsyncJobsConfig.Builder config, String name, String secret) {
    config.webhookEndpoint(
        WebhookEndpointConfig.of(name, receiver.url(), secret).allowingPrivateNetwork());
  }

  private static JsonNode only(TestApp app) {
    JsonNode page = app.get("/api/webhooks", ADMIN).json();
    assertThat(page.path("total_count").asInt()).isEqualTo(1);
    return page.path("endpoints").get(0);
  }

  /** A store that outlives the application, as a durable one does. */
  private static JobStore surviving(JobStore store) {
    return with(store, "close", null);
  }

  /** A store that somebody wrote before there were webhooks. */
  private JobStore withoutWebhooks() {
    return with(store, "webhooks", Optional.empty());
  }

  private static JobStore with(JobStore store, String method, Object answer) {
    return proxy(
        JobStore.class,
        (called, arguments) ->
            called.getName().equals(method) ? answer : called.invoke(store, arguments));
  }
}

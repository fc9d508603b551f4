package io.bifrostfilter.spring;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpServer;
import io.bifrostfilter.spring.BootApp.Reply;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** Webhooks of a Spring Boot application, by its properties alone. */
@ExtendWith(OutputCaptureExtension.class)
class WebhooksTest {

  private static final String KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
  private static final String SECRET = "whsec_" + KEY;
  private static final String[] ADMIN = {"Authorization", "Bearer an-administrators-token"};
  private static final String BILLING = "bifrost.async.webhooks.endpoints.billing.";

  private final BlockingQueue<Told> told = new LinkedBlockingQueue<>();
  private HttpServer receiver;

  private record Told(Headers headers, String body) {}

  @BeforeEach
  void startReceiver() throws IOException {
    receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    receiver.createContext(
        "/",
        call -> {
          told.add(
              new Told(
                  call.getRequestHeaders(),
                  new String(call.getRequestBody().readAllBytes(), UTF_8)));
          call.sendResponseHeaders(204, -1);
          call.close();
        });
    receiver.start();
  }

  @AfterEach
  void stopReceiver() {
    receiver.stop(0);
  }

  @Test
  void anEndpointThatPropertiesDeclareIsTold() throws Exception {
    try (var app = BootApp.start(Handlers.class, declared("headers.X-Team=blue"))) {
      String location = app.submitChat("x-bf-async-webhook", "billing");

      Told delivery = delivery();
      assertIsSigned(delivery, KEY);
      assertThat(delivery.headers().getFirst("X-Team")).isEqualTo("blue");
      JsonNode notice = new ObjectMapper().readTree(delivery.body());
      assertThat(notice.path("event").asText()).isEqualTo("async_job.completed");
      assertThat(notice.path("data").path("result_url").asText()).isEqualTo(location);
      assertThat(app.whenDone(location).path("status").asText()).isEqualTo("completed");
    }
  }

  @Test
  void anAdministratorManagesEndpointsOfTheApplication() throws Exception {
    try (var app = BootApp.start(Handlers.class, declared("events=async_job.failed"))) {
      assertThat(app.get("/api/webhooks").status()).isEqualTo(401);
      JsonNode listed = app.get("/api/webhooks", ADMIN).json();
      assertThat(listed.at("/endpoints/0/name").asText()).isEqualTo("billing");
      assertThat(listed.at("/endpoints/0/declared").asBoolean()).isTrue();
      assertThat(listed.toString()).doesNotContain(KEY);

      Reply made =
          app.post(
              "/api/webhooks",
              "{\"name\":\"mine\",\"events\":[\"async_job.completed\"],\"url\":\""
                  + url()
                  + "\",\"allow_private_network\":true}",
              ADMIN);
      assertThat(made.status()).as(made.text()).isEqualTo(201);
      app.submitChat("x-bf-async-webhook", "mine");

      assertIsSigned(delivery(), made.json().path("secret").asText().substring("whsec_".length()));
    }
  }

  @Test
  void aNameThatNobodyDeclaredIsRefused() {
    try (var app = BootApp.start(Handlers.class, declared("disabled=true"))) {
      for (String name : List.of("billing", "unknown")) {
        Reply refused =
            app.post("/v1/async/chat/completions", BootApp.CHAT_BODY, "x-bf-async-webhook", name);
        assertThat(refused.status()).isEqualTo(400);
        assertThat(refused.json().at("/error/code").asText()).isEqualTo("unknown_webhook");
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "url=http://hooks.example/ | billing.url | it must begin with https://",
        "url=https://169.254.169.254/ | billing.url | 169.254.169.254",
        "url=https://[ | billing.url | is not a well-formed URL",
        "secret=whsec_c2hvcnQ= | billing.secret | 24 to 64",
        "events=async_job.started | billing.events | async_job.completed",
        "max-retries=-1 | billing.max-retries | must be from 0 to 100",
        "attempt-timeout=0s | billing.attempt-timeout | must be from 1 to 300",
        "headers.host=x | billing.headers | reserved",
      })
  void aSettingThatIsNotAllowedIsExplained(
      String property, String setting, String allowed, CapturedOutput output) {
    var all = new ArrayList<>(List.of(BILLING + property));
    if (!property.startsWith("url=")) {
      all.add(BILLING + "url=https://192.0.43.8/");
    }
    if (!property.startsWith("secret=")) {
      all.add(BILLING + "secret=" + SECRET);
    }

    failsToStart(all.toArray(String[]::new));

    assertThat(output)
        .containsSubsequence(
            "APPLICATION FAILED TO START",
            "Description:",
            "bifrost.async.webhooks.endpoints." + setting,
            allowed,
            "Action:",
            "Set bifrost.async.webhooks.endpoints." + setting)
        .doesNotContain("c2hvcnQ=");
  }

  @Test
  void whereASettingStandsIsSaid(CapturedOutput output) {
    failsToStart(BILLING + "url=http://hooks.example/", BILLING + "secret=" + SECRET);

    assertThat(output)
        .contains("It is set in \"" + BILLING + "url\" from property source \"commandLineArgs\".");
  }

  @Test
  void whatAnEndpointLacksIsAskedFor(CapturedOutput output) {
    failsToStart("bifrost.async.webhooks.endpoints[billing_team].url=https://192.0.43.8/");

    assertThat(output)
        .containsSubsequence(
            "APPLICATION FAILED TO START",
            "bifrost.async.webhooks.endpoints.billing_team.secret must be \"whsec_\"",
            "it is missing",
            "Action:");
  }

  @Test
  void aTokenThatCanBeGuessedIsExplainedWithoutBeingShown(CapturedOutput output) {
    failsToStart("bifrost.async.webhooks.admin-token=hush");

    assertThat(output)
        .containsSubsequence(
            "APPLICATION FAILED TO START",
            "bifrost.async.webhooks.admin-token must be at least 16 characters");
  }

  private static void failsToStart(String... properties) {
    assertThat(catchThrowable(() -> BootApp.start(Handlers.class, properties))).isNotNull();
  }

  private String[] declared(String more) {
    var all = new ArrayList<String>();
    all.add("bifrost.async.webhooks.admin-token=an-administrators-token");
    all.add(BILLING + "url=" + url());
    all.add(BILLING + "secret=" + SECRET);
    all.add(BILLING + "allow-private-network=true");
    all.add(BILLING + more);
    return all.toArray(String[]::new);
  }

  private String url() {
    return "http://127.0.0.1:" + receiver.getAddress().getPort() + "/llm";
  }

  private Told delivery() throws InterruptedException {
    Told next = told.poll(30, TimeUnit.SECONDS);
    assertThat(next).isNotNull();
    return next;
  }

  /** As the Standard Webhooks specification has it. */
  private static void assertIsSigned(Told delivery, String key) throws Exception {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(Base64.getDecoder().decode(key), "HmacSHA256"));
    String id = delivery.headers().getFirst("webhook-id");
    String sent = delivery.headers().getFirst("webhook-timestamp");
    byte[] signature = mac.doFinal((id + '.' + sent + '.' + delivery.body()).getBytes(UTF_8));
    assertThat(delivery.headers().getFirst("webhook-signature"))
        .isEqualTo("v1," + Base64.getEncoder().encodeToString(signature));
  }
}

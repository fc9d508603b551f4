package io.bifrostfilter;

import static io.bifrostfilter.WebhookFixture.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.standardwebhooks.exceptions.WebhookVerificationException;
import io.bifrostfilter.WebhookFixture.Made;
import io.bifrostfilter.testing.Handler;
import io.bifrostfilter.testing.Receiver;
import io.bifrostfilter.testing.Receiver.Reaction;
import io.bifrostfilter.testing.Receiver.Received;
import io.bifrostfilter.testing.TestApp.Reply;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What receivers are told, over HTTP (contract, section 7). */
@Timeout(60)
class WebhookDeliveryTest {

  private WebhookFixture webhooks = new WebhookFixture();

  @AfterEach
  void stop() {
    webhooks.close();
  }

  @Test
  void aReceiverIsToldOfAJobThatIsDone() throws Exception {
    Made made = webhooks.make(webhooks.endpoint("billing"));

    String id = webhooks.submit("billing", "X-Request-Id", "request-7");

    Received told = webhooks.receiver.take();
    assertThat(told.line()).isEqualTo("POST /hook?x=%20y HTTP/1.1");
    WebhookFixture.verify(told, made.secret());
    assertThat(told.header("x-bifrost-event")).isEqualTo("async_job.completed");
    assertThat(told.header("content-type")).isEqualTo("application/json");
    assertThat(told.header("user-agent")).startsWith("bifrost-filter");
    JsonNode job = webhooks.app.whenChatDone(id).json();
    assertThat(told.json().path("event").asText()).isEqualTo("async_job.completed");
    assertThat(told.json().path("created_at")).isEqualTo(job.path("completed_at"));
    JsonNode data = told.json().path("data");
    assertThat(data.path("job_id").asText()).isEqualTo(id);
    assertThat(data.path("request_id").asText()).isEqualTo("request-7");
    assertThat(data.path("request_type").asText()).isEqualTo("chat_completion");
    assertThat(data.path("status").asText()).isEqualTo("completed");
    assertThat(data.path("status_code").asInt()).isEqualTo(200);
    assertThat(data.path("result_expires_at")).isEqualTo(job.path("expires_at"));
    assertThat(data.has("response")).isFalse();
    assertThat(data.has("response_omitted")).isFalse();
    assertThat(webhooks.app.get(data.path("result_url").asText()).json()).isEqualTo(job);
    JsonNode attempt = webhooks.attempts(made.id(), 1).get(0);
    assertThat(attempt.path("webhook_id").asText()).isEqualTo(told.header("webhook-id"));
    assertThat(attempt.path("endpoint_id").asText()).isEqualTo(made.id());
    assertThat(attempt.path("async_job_id").asText()).isEqualTo(id);
    assertThat(attempt.path("request_id").asText()).isEqualTo("request-7");
    assertThat(attempt.path("event").asText()).isEqualTo("async_job.completed");
    assertThat(attempt.path("attempt_no").asInt()).isEqualTo(1);
    assertThat(attempt.path("outcome").asText()).isEqualTo("delivered");
    assertThat(attempt.path("status_code").asInt()).isEqualTo(204);
    assertThat(attempt.has("error")).isFalse();
    assertThat(Instant.parse(attempt.path("created_at").asText())).isNotNull();
  }

  @Test
  void aSignatureIsWorthNothingForAnotherBodyOrSecret() {
    Made made = webhooks.make(webhooks.endpoint("billing"));
    webhooks.submit("billing");
    Received told = webhooks.receiver.take();
    var changed = new Received(told.line(), told.headers(), (told.text() + " ").getBytes());

    assertThatThrownBy(() -> WebhookFixture.verify(changed, made.secret()))
        .isInstanceOf(WebhookVerificationException.class);
    assertThatThrownBy(
            () -> WebhookFixture.verify(told, webhooks.make(webhooks.endpoint("two")).secret()))
        .isInstanceOf(WebhookVerificationException.class);
  }

  @Test
  void aReceiverIsToldOnlyOfWhatItSubscribesTo() {
    restart(Handler.answering(500, "application/json", "{\"error\":{\"message\":\"no\"}}"));
    ObjectNode completedOnly = webhooks.endpoint("completed-only");
    completedOnly.putArray("events").add("async_job.completed");
    webhooks.make(completedOnly.put("url", webhooks.receiver.url() + "&completed"));
    ObjectNode failedOnly = webhooks.endpoint("failed-only");
    failedOnly.putArray("events").add("async_job.failed");
    webhooks.make(failedOnly.put("include_response", true));

    webhooks.app.whenChatDone(webhooks.submit("completed-only"));
    webhooks.submit("failed-only");

    Received told = webhooks.receiver.take();
    assertThat(told.line()).doesNotContain("&completed");
    assertThat(told.header("x-bifrost-event")).isEqualTo("async_job.failed");
    JsonNode data = told.json().path("data");
    assertThat(data.path("status").asText()).isEqualTo("failed");
    assertThat(data.path("status_code").asInt()).isEqualTo(500);
    assertThat(data.path("error").path("error").path("message").asText()).isEqualTo("no");
    assertThat(data.has("response")).isFalse();
  }

  @Test
  void aCancelledJobIsTold() {
    var handlerMayAnswer = new CountDownLatch(1);
    restart(Handler.answeringJson("{}").after(handlerMayAnswer));
    webhooks.make(webhooks.endpoint("billing"));
    String id = webhooks.submit("billing");

    webhooks.app.post("/v1/async/chat/completions/" + id + "/cancel", "");

    assertThat(webhooks.receiver.take().json().path("data").path("status_code").asInt())
        .isEqualTo(499);
    handlerMayAnswer.countDown();
  }

  @Test
  void theResponseIsIncludedByteForByteIfItIsWanted() {
    webhooks.make(webhooks.endpoint("billing").put("include_response", true));

    String id = webhooks.submit("billing");

    String envelope = webhooks.app.whenChatDone(id).text();
    assertThat(webhooks.receiver.take().text()).contains("\"response\":" + envelope);
  }

  @Test
  void aResponseThatIsTooLongIsOmitted() {
    restart(Handler.answeringJson("{\"text\":\"" + "x".repeat(900) + "\"}"));
    ObjectNode endpoint = webhooks.endpoint("billing").put("include_response", true);
    webhooks.make(endpoint.put("max_response_payload_kbs", 1));

    webhooks.submit("billing");

    // The result alone would fit; the envelope around it does not.
    JsonNode data = webhooks.receiver.take().json().path("data");
    assertThat(data.path("response_omitted").asBoolean()).isTrue();
    assertThat(data.has("response")).isFalse();
    assertThat(data.has("result_url")).isTrue();
  }

  @Test
  void anErrorThatIsTooLongIsOmitted() {
    restart(
        Handler.answering(
            500, "application/json", "{\"error\":{\"message\":\"" + "x".repeat(2000) + "\"}}"));
    ObjectNode endpoint = webhooks.endpoint("billing").put("include_response", true);
    webhooks.make(endpoint.put("max_response_payload_kbs", 0));

    webhooks.submit("billing");

    JsonNode data = webhooks.receiver.take().json().path("data");
    assertThat(data.path("error_omitted").asBoolean()).isTrue();
    assertThat(data.has("error")).isFalse();
  }

  @Test
  void aResultThatHasExpiredByTheTimeOfAnAttemptIsNotPromised() throws Exception {
    ObjectNode endpoint = webhooks.endpoint("billing").put("include_response", true);
    Made made = webhooks.make(endpoint);
    webhooks.receiver.next(Reaction.status(500));
    webhooks.submit("billing", "x-bf-async-job-result-ttl", "20");
    Received first = webhooks.receiver.take();
    webhooks.attempts(made.id(), 1);

    webhooks.advance(Duration.ofSeconds(36));

    Received second = webhooks.receiver.take();
    WebhookFixture.verify(second, made.secret());
    assertThat(second.header("webhook-id")).isEqualTo(first.header("webhook-id"));
    JsonNode data = second.json().path("data");
    assertThat(data.path("result_expired").asBoolean()).isTrue();
    assertThat(data.has("result_url")).isFalse();
    assertThat(data.has("response")).isFalse();
    assertThat(data.path("status").asText()).isEqualTo("completed");
  }

  @Test
  void theHeadersOfAnEndpointAreSent() {
    ObjectNode endpoint = webhooks.endpoint("billing");
    endpoint.putObject("headers").putObject("X-Team").put("value", "s3cret");
    webhooks.make(endpoint);

    webhooks.submit("billing");

    assertThat(webhooks.receiver.take().header("x-team")).isEqualTo("s3cret");
  }

  @ParameterizedTest
  @ValueSource(ints = {500, 503, 599, 408, 429})
  void aFailureThatMayPassIsTriedAgain(int status) {
    Made made = webhooks.make(webhooks.endpoint("billing"));
    webhooks.receiver.next(Reaction.status(status));
    webhooks.submit("billing");
    Received first = webhooks.receiver.take();
    JsonNode failed = webhooks.attempts(made.id(), 1).get(0);
    assertThat(failed.path("outcome").asText()).isEqualTo("retryable_failure");
    assertThat(failed.path("status_code").asInt()).isEqualTo(status);

    webhooks.advance(Duration.ofSeconds(36));

    Received second = webhooks.receiver.take();
    assertThat(second.header("webhook-id")).isEqualTo(first.header("webhook-id"));
    assertThat(Long.parseLong(second.header("webhook-timestamp")))
        .isEqualTo(Long.parseLong(first.header("webhook-timestamp")) + 36);
    assertThat(second.body()).isEqualTo(first.body());
    JsonNode delivered = webhooks.attempts(made.id(), 2).get(0);
    assertThat(delivered.path("outcome").asText()).isEqualTo("delivered");
    assertThat(delivered.path("attempt_no").asInt()).isEqualTo(2);
    assertThat(webhooks.read(made.id()).path("consecutive_failures").asInt()).isZero();
    assertThat(webhooks.read(made.id()).has("last_failure_at")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 401, 404, 410, 301, 307, 304})
  void anyOtherStatusEndsIt(int status) {
    try (Receiver elsewhere = new Receiver()) {
      Made made = webhooks.make(webhooks.endpoint("billing"));
      webhooks.receiver.next(Reaction.status(status, "Location", elsewhere.url()));

      webhooks.submit("billing");

      JsonNode attempt = webhooks.attempts(made.id(), 1).get(0);
      assertThat(attempt.path("outcome").asText()).isEqualTo("permanent_failure");
      assertThat(attempt.path("status_code").asInt()).isEqualTo(status);
      assertThat(attempt.path("error").asText()).contains(Integer.toString(status));
      assertThat(webhooks.read(made.id()).path("consecutive_failures").asInt()).isEqualTo(1);
      assertThat(webhooks.read(made.id()).path("last_failure_at"))
          .isEqualTo(attempt.path("created_at"));
      webhooks.advance(Duration.ofDays(1));
      webhooks.submit("billing");
      assertThat(webhooks.attempts(made.id(), 2).get(0).path("attempt_no").asInt()).isEqualTo(1);
      assertThat(elsewhere.waiting()).isZero();
    }
  }

  @Test
  void aReceiverThatHangsUpIsTriedAgain() {
    Made made = webhooks.make(webhooks.endpoint("billing"));
    webhooks.receiver.next(Reaction.reset());

    webhooks.submit("billing");

    assertTriedAgain(made, "broke");
  }

  @Test
  void aReceiverThatIsNotThereIsTriedAgain() {
    Made made;
    try (Receiver gone = new Receiver()) {
      made = webhooks.make(webhooks.endpoint("billing").put("url", gone.url()));
    }

    webhooks.submit("billing");

    assertTriedAgain(made, "No connection");
  }

  @Test
  void aReceiverThatTakesTooLongIsTriedAgain() {
    Made made = webhooks.make(webhooks.endpoint("billing").put("attempt_timeout_seconds", 1));
    webhooks.receiver.next(Reaction.silence());

    webhooks.submit("billing");

    assertTriedAgain(made, "in time");
  }

  @Test
  void aReceiverThatAnswersByDropsIsTriedAgain() {
    Made made = webhooks.make(webhooks.endpoint("billing").put("attempt_timeout_seconds", 1));
    webhooks.receiver.next(Reaction.drop(200));

    webhooks.submit("billing");

    assertTriedAgain(made, "in time");
  }

  @Test
  void anAnswerWithoutEndIsCutOffAndCountsByItsStatus() {
    Made made = webhooks.make(webhooks.endpoint("billing"));
    webhooks.receiver.next(Reaction.endlessly(200), Reaction.endlessly(503));

    webhooks.submit("billing");
    assertThat(webhooks.attempts(made.id(), 1).get(0).path("outcome").asText())
        .isEqualTo("delivered");
    webhooks.submit("billing");
    assertThat(webhooks.attempts(made.id(), 2).get(0).path("outcome").asText())
        .isEqualTo("retryable_failure");
  }

  @Test
  void aReceiverIsLeftAloneForAsLongAsItAsks() {
    Made made = webhooks.make(webhooks.endpoint("billing"));
    webhooks.receiver.next(Reaction.status(429, "Retry-After", "600"));
    webhooks.submit("billing");
    webhooks.receiver.take();
    webhooks.attempts(made.id(), 1);

    webhooks.advance(Duration.ofSeconds(599));
    assertNothingIsDelivered();
    webhooks.advance(Duration.ofSeconds(1));

    assertThat(webhooks.receiver.take().line()).startsWith("POST");
  }

  @Test
  void nothingIsTriedAgainBeforeItsTime() {
    ObjectNode endpoint = webhooks.endpoint("billing").put("retry_backoff_initial_seconds", 100);
    Made made = webhooks.make(endpoint.put("retry_backoff_max_seconds", 150));
    webhooks.receiver.next(Reaction.status(500), Reaction.status(500));
    webhooks.submit("billing");
    webhooks.receiver.take();
    webhooks.attempts(made.id(), 1);

    // A hundred seconds, a fifth less or more.
    webhooks.advance(Duration.ofSeconds(79));
    assertNothingIsDelivered();
    webhooks.advance(Duration.ofSeconds(120 - 79));
    webhooks.receiver.take();
    webhooks.attempts(made.id(), 2);

    // Not twice as much, since that is more than the maximum.
    webhooks.advance(Duration.ofSeconds(119));
    assertNothingIsDelivered();
    webhooks.advance(Duration.ofSeconds(180 - 119));
    webhooks.receiver.take();
  }

  @Test
  void withoutRetriesTheFirstFailureIsTheLast() {
    Made made = webhooks.make(webhooks.endpoint("billing").put("max_retries", 0));
    webhooks.receiver.next(Reaction.status(503), Reaction.reset());

    webhooks.submit("billing");
    assertThat(webhooks.attempts(made.id(), 1).get(0).path("outcome").asText())
        .isEqualTo("exhausted");
    webhooks.submit("billing");
    assertThat(webhooks.attempts(made.id(), 2).get(0).path("outcome").asText())
        .isEqualTo("exhausted");

    assertThat(webhooks.read(made.id()).path("consecutive_failures").asInt()).isEqualTo(2);
  }

  @Test
  void whenItsRetriesAreUsedUpADeliveryIsExhaustedAndCanBeMadeAgain() throws Exception {
    Made made = webhooks.make(webhooks.endpoint("billing"));
    webhooks.receiver.otherwise(Reaction.status(500));
    webhooks.submit("billing");
    var ids = new HashSet<String>();
    for (int attempt = 1; attempt <= 5; attempt++) {
      ids.add(webhooks.receiver.take().header("webhook-id"));
      JsonNode last = webhooks.attempts(made.id(), attempt).get(0);
      assertThat(last.path("attempt_no").asInt()).isEqualTo(attempt);
      assertThat(last.path("outcome").asText())
          .isEqualTo(attempt < 5 ? "retryable_failure" : "exhausted");
      webhooks.advance(Duration.ofSeconds(36L << (attempt - 1)));
    }
    assertThat(ids).hasSize(1);
    JsonNode endpoint = webhooks.read(made.id());
    assertThat(endpoint.path("consecutive_failures").asInt()).isEqualTo(1);
    JsonNode exhausted = webhooks.attempts(made.id(), 5).get(0);

    webhooks.receiver.otherwise(Reaction.status(200));
    Reply again = redeliver(exhausted);

    assertThat(again.status()).as(again.text()).isEqualTo(202);
    assertThat(again.json().path("status").asText()).isEqualTo("queued");
    assertThat(again.json().path("webhook_id").asText()).isEqualTo(ids.iterator().next());
    Received redelivered = webhooks.receiver.take();
    assertThat(ids).contains(redelivered.header("webhook-id"));
    JsonNode last = webhooks.attempts(made.id(), 6).get(0);
    assertThat(last.path("attempt_no").asInt()).isEqualTo(1);
    assertThat(last.path("outcome").asText()).isEqualTo("delivered");
    assertThat(webhooks.read(made.id()).path("consecutive_failures").asInt()).isZero();
    assertThat(webhooks.read(made.id()).path("last_success_at")).isEqualTo(last.path("created_at"));
  }

  @Test
  void aDeliveryThatIsInFlightIsNotMadeAgain() {
    Made made = webhooks.make(webhooks.endpoint("billing"));
    webhooks.receiver.next(Reaction.status(500));
    webhooks.submit("billing");

    Reply again = redeliver(webhooks.attempts(made.id(), 1).get(0));

    assertThat(again.status()).isEqualTo(409);
    assertThat(code(again)).isEqualTo("webhook_in_flight");
  }

  @Test
  void aDeliveryToADisabledEndpointIsNotMadeAgain() {
    ObjectNode endpoint = webhooks.endpoint("billing");
    Made made = webhooks.make(endpoint);
    webhooks.submit("billing");
    JsonNode attempt = webhooks.attempts(made.id(), 1).get(0);
    webhooks.app.send(
        "PUT", "/api/webhooks/" + made.id(), endpoint.put("disabled", true).toString(), ADMIN);

    Reply again = redeliver(attempt);

    assertThat(again.status()).isEqualTo(400);
    assertThat(code(again)).isEqualTo("webhook_disabled");
  }

  @Test
  void whatIsDueWhenItsEndpointIsDisabledIsNotDelivered() {
    ObjectNode endpoint = webhooks.endpoint("billing");
    Made made = webhooks.make(endpoint);
    webhooks.receiver.next(Reaction.status(500));
    webhooks.submit("billing");
    webhooks.receiver.take();
    webhooks.attempts(made.id(), 1);
    webhooks.app.send(
        "PUT", "/api/webhooks/" + made.id(), endpoint.put("disabled", true).toString(), ADMIN);

    webhooks.advance(Duration.ofSeconds(36));

    JsonNode attempt = webhooks.attempts(made.id(), 2).get(0);
    assertThat(attempt.path("outcome").asText()).isEqualTo("permanent_failure");
    assertThat(attempt.path("error").asText()).contains("disabled");
    assertThat(webhooks.receiver.waiting()).isZero();
  }

  @Test
  void aDeletedEndpointIsToldNothing() {
    Made made = webhooks.make(webhooks.endpoint("billing"));
    webhooks.receiver.next(Reaction.status(500));
    webhooks.submit("billing");
    webhooks.receiver.take();
    webhooks.attempts(made.id(), 1);

    webhooks.app.send("DELETE", "/api/webhooks/" + made.id(), null, ADMIN);
    webhooks.advance(Duration.ofSeconds(36));

    assertNothingIsDelivered();
  }

  @Test
  void aNameThatLeadsElsewhereTheSecondTimeIsNotFollowed() throws Exception {
    webhooks.names.put("hooks.example", List.of(InetAddress.getByName("192.0.43.8")));
    Made made =
        webhooks.make(
            webhooks
                .endpoint("billing")
                .put("url", "https://hooks.example:" + webhooks.receiver.port() + "/")
                .put("allow_private_network", false));
    webhooks.names.put("hooks.example", List.of(InetAddress.getLoopbackAddress()));

    webhooks.submit("billing");

    JsonNode attempt = webhooks.attempts(made.id(), 1).get(0);
    assertThat(attempt.path("outcome").asText()).isEqualTo("permanent_failure");
    assertThat(attempt.path("error").asText()).contains("127.0.0.1");
    assertThat(webhooks.receiver.waiting()).isZero();
  }

  @Test
  void aNameThatLeadsElsewhereIsNotFollowedByATestEither() throws Exception {
    webhooks.names.put("hooks.example", List.of(InetAddress.getByName("192.0.43.8")));
    ObjectNode endpoint = webhooks.endpoint("billing").put("allow_private_network", false);
    endpoint.put("url", "https://hooks.example:" + webhooks.receiver.port() + "/");
    Made made = webhooks.make(endpoint);
    webhooks.names.put("hooks.example", List.of(InetAddress.getLoopbackAddress()));

    JsonNode tried =
        webhooks.app.send("POST", "/api/webhooks/" + made.id() + "/test", null, ADMIN).json();

    assertThat(tried.path("delivered").asBoolean(true)).isFalse();
    assertThat(tried.path("error").asText()).contains("127.0.0.1");
    assertThat(webhooks.receiver.waiting()).isZero();
  }

  @Test
  void theConnectionGoesToTheAddressThatWasChecked() throws Exception {
    // No resolver but ours knows the name.
    webhooks.names.put("receiver.invalid", List.of(InetAddress.getLoopbackAddress()));
    webhooks.make(
        webhooks
            .endpoint("billing")
            .put("url", "http://receiver.invalid:" + webhooks.receiver.port() + "/hook"));

    webhooks.submit("billing");

    assertThat(webhooks.receiver.take().header("host"))
        .isEqualTo("receiver.invalid:" + webhooks.receiver.port());
  }

  @Test
  void aThousandDeliveriesToASlowReceiverDelayNobodyElse() throws Exception {
    webhooks.receiver.otherwise(Reaction.silence());
    webhooks.make(webhooks.endpoint("slow").put("attempt_timeout_seconds", 300));
    webhooks.submitMany("slow", 1000);
    // As many as one endpoint may have at once.
    for (int i = 0; i < 10; i++) {
      webhooks.receiver.take();
    }
    try (Receiver quick = new Receiver()) {
      webhooks.make(webhooks.endpoint("quick").put("url", quick.url()));

      String id = webhooks.submit("quick");

      assertThat(quick.take().json().path("data").path("job_id").asText()).isEqualTo(id);
      assertThat(webhooks.app.whenChatDone(id).status()).isEqualTo(200);
      assertThat(webhooks.receiver.waiting()).isZero();
    }
  }

  @Test
  void slowReceiversThatHaveAllThatIsThereDelayNobodyElse() throws Exception {
    webhooks.receiver.otherwise(Reaction.silence());
    for (String name : List.of("slow", "slower")) {
      ObjectNode slow = webhooks.endpoint(name).put("attempt_timeout_seconds", 300);
      webhooks.make(slow.put("max_concurrent_deliveries", 256));
      webhooks.submitMany(name, 257);
    }
    // As many as all endpoints may have at once.
    for (int i = 0; i < 512; i++) {
      webhooks.receiver.take();
    }
    try (Receiver quick = new Receiver()) {
      webhooks.make(webhooks.endpoint("quick").put("url", quick.url()));

      String id = webhooks.submit("quick");

      assertThat(quick.take().json().path("data").path("job_id").asText()).isEqualTo(id);
      assertThat(webhooks.receiver.waiting()).isZero();
    }
  }

  @Test
  void aNameThatNobodyAnswersForDelaysNobodyElse() throws Exception {
    var asked = new CountDownLatch(1);
    var answered = new CountDownLatch(1);
    webhooks.names.put("lame.example", List.of(InetAddress.getLoopbackAddress()));
    Made lame =
        webhooks.make(
            webhooks
                .endpoint("lame")
                .put("url", "http://lame.example:" + webhooks.receiver.port() + "/lame")
                .put("max_concurrent_deliveries", 100));
    webhooks.beforeLookups.put(
        "lame.example",
        () -> {
          asked.countDown();
          answered.await();
        });
    // More than there are threads to ask with.
    for (int i = 0; i < 50; i++) {
      webhooks.submit("lame");
    }
    asked.await();
    webhooks.make(webhooks.endpoint("quick"));

    webhooks.submit("quick");

    assertThat(webhooks.receiver.take().line()).startsWith("POST /hook");
    answered.countDown();
    for (int i = 0; i < 50; i++) {
      assertThat(webhooks.receiver.take().line()).startsWith("POST /lame");
    }
    webhooks.attempts(lame.id(), 50);
  }

  @Test
  void noThreadIsLeftWhenTheApplicationStops() {
    webhooks.make(webhooks.endpoint("billing"));
    webhooks.submit("billing");
    webhooks.receiver.take();
    assertThat(webhookThreads()).isNotEmpty();

    webhooks.app.close();

    assertThat(webhookThreads()).isEmpty();
  }

  private void assertTriedAgain(Made made, String reason) {
    JsonNode attempt = webhooks.attempts(made.id(), 1).get(0);
    assertThat(attempt.path("outcome").asText()).isEqualTo("retryable_failure");
    assertThat(attempt.has("status_code")).isFalse();
    assertThat(attempt.path("error").asText()).contains(reason);
    webhooks.advance(Duration.ofSeconds(36));
    assertThat(webhooks.attempts(made.id(), 2).get(0).path("attempt_no").asInt()).isEqualTo(2);
  }

  /** Another endpoint's delivery overtakes nothing that is due. */
  private void assertNothingIsDelivered() {
    try (Receiver other = new Receiver()) {
      String name = "other-" + UUID.randomUUID();
      webhooks.make(webhooks.endpoint(name).put("url", other.url()));
      webhooks.submit(name);
      other.take();
      assertThat(webhooks.receiver.waiting()).isZero();
    }
  }

  private Reply redeliver(JsonNode attempt) {
    return webhooks.app.send(
        "POST",
        "/api/webhooks/deliveries/" + attempt.path("id").asText() + "/redeliver",
        null,
        ADMIN);
  }

  private void restart(Handler handler) {
    webhooks.close();
    webhooks = new WebhookFixture(handler, config -> {});
  }

  private static String code(Reply reply) {
    return reply.json().path("error").path("code").asText();
  }

  private static List<String> webhookThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("bifrost-async-webhook"))
        .toList();
  }
}

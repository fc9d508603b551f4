package io.bifrostfilter.store.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bifrostfilter.crypto.Keyring;
import io.bifrostfilter.job.Bytes;
import io.bifrostfilter.job.Caller;
import io.bifrostfilter.job.Failure;
import io.bifrostfilter.job.Headers;
import io.bifrostfilter.job.IdempotencyKey;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.Origin;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.job.RecordedRequest;
import io.bifrostfilter.job.RecordedResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class PayloadsTest {

  private static final String KEY = "a2V5LW9mLTMyLWJ5dGVzLWZvci10ZXN0cy1vbmx5ISE=";
  private static final UUID ID = UUID.randomUUID();
  private static final Duration TTL = Duration.ofHours(1);
  private static final Instant NOW = Instant.parse("2026-02-19T08:10:17.831Z");
  private static final RecordedRequest REQUEST =
      new RecordedRequest(
          "POST",
          "/v1/chat%2Fcompletions?a=%00&b",
          Headers.of("Authorization", "Bearer s3cret", "X-Tag", "Größe €", "x-tag", ""),
          Bytes.wrap(new byte[] {0, 1, -1, '{', '}'}),
          new Caller("2001:db8::7", "client.example", 65535),
          new Origin("node-1", true, "::1", 8443),
          List.of("openai/gpt-4o-mini"));

  @ParameterizedTest
  @ValueSource(strings = {KEY, "none"})
  void aRequestIsReadAsItWasWritten(String keys) throws Exception {
    Payloads payloads = payloads(keys);

    assertThat(payloads.readRequest(ID, payloads.write(ID, REQUEST))).isEqualTo(REQUEST);
  }

  static Stream<Outcome> outcomes() {
    return Stream.of(
        new Outcome.Answered(
            new RecordedResponse(
                200, Headers.of("Content-Type", "application/json"), Bytes.of("{\"a\":1}"), true)),
        new Outcome.Answered(
            new RecordedResponse(500, Headers.none(), Bytes.wrap(new byte[] {-1, 0}), false)),
        new Outcome.Unanswered(Failure.TIMEOUT, "The handler gave no answer."));
  }

  @ParameterizedTest
  @MethodSource("outcomes")
  void anOutcomeIsReadAsItWasWritten(Outcome outcome) throws Exception {
    for (String keys : List.of(KEY, "none")) {
      Payloads payloads = payloads(keys);

      assertThat(payloads.readOutcome(ID, payloads.write(ID, outcome))).isEqualTo(outcome);
    }
  }

  @Test
  void nothingOfARequestIsLegibleUnderAKey() {
    byte[] stored = payloads(KEY).write(ID, REQUEST);

    assertThat(new String(stored, UTF_8))
        .doesNotContain("s3cret", "Authorization", "client.example", "chat");
  }

  @Test
  void whatBelongsToAnotherJobCannotBeRead() {
    Payloads payloads = payloads(KEY);

    assertThatThrownBy(() -> payloads.readRequest(UUID.randomUUID(), payloads.write(ID, REQUEST)))
        .isInstanceOf(UnreadableException.class)
        .hasMessage("The stored request cannot be read: it was changed after it was stored.");
  }

  @Test
  void anOutcomeIsNoRequest() {
    Payloads payloads = payloads(KEY);
    byte[] outcome = payloads.write(ID, new Outcome.Unanswered(Failure.TIMEOUT, "late"));

    assertThatThrownBy(() -> payloads.readRequest(ID, outcome))
        .isInstanceOf(UnreadableException.class);
  }

  @Test
  void damageIsSaidWithoutQuotingWhatWasDamaged() {
    Payloads payloads = payloads("none");
    for (byte[] stored :
        List.of(
            new byte[] {},
            new byte[] {0},
            new byte[] {0, 127, -1, -1, -1, 's'},
            new byte[] {0, -1, -1, -1, -1, 's'},
            "\0\0\0\0\10\"s3cret\"".getBytes(UTF_8),
            "\0\0\0\0\2{}".getBytes(UTF_8))) {
      assertThatThrownBy(() -> payloads.readRequest(ID, stored))
          .isInstanceOf(UnreadableException.class)
          .hasNoCause()
          .hasMessage("The stored request cannot be read: it is damaged.");
      assertThatThrownBy(() -> payloads.readOutcome(ID, stored))
          .isInstanceOf(UnreadableException.class)
          .hasNoCause()
          .hasMessage("The stored result cannot be read: it is damaged.");
    }
  }

  @Test
  void aFieldThatALaterVersionAddsIsIgnored() throws Exception {
    byte[] head = "{\"failure\":\"TIMEOUT\",\"message\":\"late\",\"later\":[1]}".getBytes(UTF_8);
    byte[] stored = new byte[5 + head.length];
    stored[4] = (byte) head.length;
    System.arraycopy(head, 0, stored, 5, head.length);

    assertThat(payloads("none").readOutcome(ID, stored))
        .isEqualTo(new Outcome.Unanswered(Failure.TIMEOUT, "late"));
  }

  @Test
  void aTagIsGenuineForTheSameFactsAndNoOthers() throws Exception {
    var key = new IdempotencyKey("scope", "fingerprint");
    Job job = job(ID, "request", "route", "model", "owner", key, TTL, NOW);
    byte[] tag = payloads(KEY).tag(job);

    payloads(KEY).requireGenuine(job, tag);
    payloads(KEY).requireGenuine(job.claimed(), tag);
    for (Job other :
        List.of(
            job(UUID.randomUUID(), "request", "route", "model", "owner", key, TTL, NOW),
            job(ID, "other", "route", "model", "owner", key, TTL, NOW),
            job(ID, "request", "other", "model", "owner", key, TTL, NOW),
            job(ID, "request", "route", null, "owner", key, TTL, NOW),
            job(ID, "request", "route", "model", "other", key, TTL, NOW),
            job(ID, "request", "route", "model", null, key, TTL, NOW),
            job(ID, "request", "route", "model", "owner", null, TTL, NOW),
            job(ID, "request", "route", "model", "owner", key, TTL.plusMillis(1), NOW),
            job(ID, "request", "route", "model", "owner", key, TTL, NOW.plusMillis(1)),
            job.telling(UUID.randomUUID()))) {
      assertThatThrownBy(() -> payloads(KEY).requireGenuine(other, tag))
          .isInstanceOf(UnreadableException.class)
          .hasMessageContaining("changed after it was stored");
    }
  }

  @Test
  void aTagOutlivesTheRotationOfKeysAndMeansNothingWithoutAny() throws Exception {
    Job job = job(ID, "request", "route", null, null, null, TTL, NOW);
    String newer = "bmV3LWtleS1vZi0zMi1ieXRlcy1mb3ItdGVzdHMtISE=";

    payloads(newer + "," + KEY).requireGenuine(job, payloads(KEY).tag(job));
    payloads("none").requireGenuine(job, payloads("none").tag(job));
    assertThatThrownBy(() -> payloads(newer).requireGenuine(job, payloads(KEY).tag(job)))
        .isInstanceOf(UnreadableException.class);
    assertThatThrownBy(() -> payloads(KEY).requireGenuine(job, payloads("none").tag(job)))
        .isInstanceOf(UnreadableException.class);
  }

  private static Job job(
      UUID id,
      String requestId,
      String route,
      @Nullable String model,
      @Nullable String owner,
      @Nullable IdempotencyKey key,
      Duration ttl,
      Instant createdAt) {
    return Job.pending(id, requestId, route, model, owner, key, ttl, createdAt);
  }

  private static Payloads payloads(String keys) {
    return new Payloads(Keyring.parse(keys));
  }
}

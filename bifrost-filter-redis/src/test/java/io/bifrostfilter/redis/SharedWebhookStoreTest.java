package io.bifrostfilter.redis;

import static io.bifrostfilter.redis.TestStores.LEASE;
import static io.bifrostfilter.redis.TestStores.added;
import static io.bifrostfilter.redis.TestStores.answer;
import static io.bifrostfilter.redis.TestStores.claimOne;
import static io.bifrostfilter.redis.TestStores.complete;
import static io.bifrostfilter.redis.TestStores.job;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bifrostfilter.crypto.Keyring;
import io.bifrostfilter.delivery.Attempt;
import io.bifrostfilter.delivery.AttemptOutcome;
import io.bifrostfilter.delivery.ClaimedDelivery;
import io.bifrostfilter.delivery.Endpoint;
import io.bifrostfilter.delivery.EndpointSettings;
import io.bifrostfilter.delivery.UnreadableEndpoint;
import io.bifrostfilter.job.Headers;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.JobStatus;
import io.bifrostfilter.store.JobStoreException;
import io.bifrostfilter.store.UnreadableEndpointException;
import io.bifrostfilter.store.WebhookStore;
import io.bifrostfilter.store.WebhookStore.Redelivery;
import io.bifrostfilter.store.WebhookStore.Replacement;
import io.lettuce.core.RedisClient;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The webhooks of two nodes on one server, by the server's own clock, and what is on that server.
 */
class SharedWebhookStoreTest {

  private static final String STRANGERS_KEY = "Hx4dHBsaGRgXFhUUExIREA8ODQwLCgkIBwYFBAMCAQA=";

  private static RedisProcess redis;
  private static RedisClient client;
  private static RedisCommands<String, String> server;

  private RedisJobStore one;
  private RedisJobStore other;
  private WebhookStore webhooks;
  private WebhookStore othersWebhooks;

  @BeforeAll
  static void start() {
    redis = RedisProcess.start("--appendonly", "yes");
    client = RedisClient.create(redis.uri());
    server = client.connect().sync();
  }

  @AfterAll
  static void stop() {
    client.shutdown();
    redis.close();
  }

  @BeforeEach
  void open() {
    server.flushall();
    one = TestStores.open(redis.uri());
    other = TestStores.open(redis.uri());
    webhooks = one.webhooks().orElseThrow();
    othersWebhooks = other.webhooks().orElseThrow();
  }

  @AfterEach
  void close() {
    server.configSet("maxmemory", "0");
    one.close();
    other.close();
  }

  @Test
  void whatOneNodeHasQueuedAnotherDelivers() {
    Endpoint endpoint = addedEndpoint("billing");
    Job job = queuedFor(endpoint);

    assertThat(othersWebhooks.endpointsDue()).containsExactly(endpoint.id());
    ClaimedDelivery claimed = claimOneFor(othersWebhooks, endpoint);
    assertThat(claimed.delivery().jobId()).isEqualTo(job.id());
    assertThat(webhooks.claim(endpoint.id(), 10, LEASE)).isEmpty();
    Attempt attempt = recorded(othersWebhooks, claimed, AttemptOutcome.DELIVERED);

    assertThat(webhooks.attempts(endpoint.id(), 0, 10)).containsExactly(attempt);
    assertThat(webhooks.find(endpoint.id()).orElseThrow().health().lastSuccessAt())
        .isEqualTo(attempt.createdAt());
  }

  @Test
  void aJobWhoseRequestCannotBeReadFailsAndQueuesItsDelivery() {
    Endpoint endpoint = addedEndpoint("billing");
    Job job = added(one, job().telling(endpoint.id()));
    server.set("{bifrost}:request:" + job.id(), "spoilt");

    assertThat(one.claim(10, LEASE)).isEmpty();

    ClaimedDelivery claimed = claimOneFor(webhooks, endpoint);
    assertThat(claimed.delivery().jobId()).isEqualTo(job.id());
    assertThat(claimed.delivery().status()).isEqualTo(JobStatus.FAILED);
  }

  @Test
  void anEndpointThatCannotBeReadHarmsNoOtherAndItsDeliveriesWait() {
    Endpoint unreadable = addedEndpoint("unreadable");
    Endpoint fine = addedEndpoint("fine");
    queuedFor(unreadable);
    queuedFor(fine);

    try (var stranger = strangersStore()) {
      WebhookStore strangers = stranger.webhooks().orElseThrow();
      Endpoint own = fine.changed(false, fine.secret(), fine.settings(), Instant.now());
      assertThat(strangers.replace(own)).isEqualTo(Replacement.REPLACED);

      assertThat(strangers.endpoints()).extracting(Endpoint::id).containsExactly(fine.id());
      assertThat(strangers.endpointsDue()).containsExactly(fine.id());
      // That there is none would be a lie which throws deliveries away.
      assertThatThrownBy(() -> strangers.find(unreadable.id()))
          .isInstanceOf(JobStoreException.class)
          .hasMessageContaining(unreadable.id().toString());
      assertThatThrownBy(() -> strangers.findByName("unreadable"))
          .isInstanceOf(UnreadableEndpointException.class);
      assertThat(strangers.unreadableEndpoints())
          .containsExactly(
              new UnreadableEndpoint(
                  unreadable.id(), "unreadable", unreadable.version(), unreadable.health()));
      assertThat(strangers.add(endpoint("unreadable"))).isFalse();
    }

    assertThat(webhooks.endpointsDue()).containsExactly(unreadable.id());
    assertThat(webhooks.endpoints()).containsExactly(unreadable);
    assertThat(webhooks.claim(unreadable.id(), 10, LEASE)).hasSize(1);
  }

  @Test
  void whatIsSealedAnewNeedsTheOldKeyNoMore() {
    Endpoint endpoint = addedEndpoint("billing");
    String strangersKey = STRANGERS_KEY + "," + TestStores.KEY;

    try (var both = store(strangersKey);
        var stranger = strangersStore()) {
      assertThat(stranger.webhooks().orElseThrow().endpoints()).isEmpty();

      both.webhooks().orElseThrow().sealAnew();

      assertThat(stranger.webhooks().orElseThrow().endpoints())
          .containsExactly(endpoint.rewritten());
      stranger.webhooks().orElseThrow().sealAnew();
      assertThat(stranger.webhooks().orElseThrow().endpoints())
          .containsExactly(endpoint.rewritten());
    }
    assertThat(webhooks.unreadableEndpoints()).hasSize(1);
    assertThat(webhooks.delete(endpoint.id())).isTrue();
    assertThat(webhookKeys()).isEmpty();
  }

  @Test
  void anEndpointWithMoreThanOneStepRemovesGoesWhole() {
    Endpoint endpoint = addedEndpoint("busy");
    Attempt attempt = recorded(queuedFor(endpoint), AttemptOutcome.EXHAUSTED);
    multiplyHistory(endpoint, attempt, 1_200);
    for (int i = 0; i < 3; i++) {
      queuedFor(endpoint);
    }
    claimOneFor(webhooks, endpoint);

    assertThat(webhooks.delete(endpoint.id())).isTrue();

    assertThat(webhookKeys()).isEmpty();
    assertThat(webhooks.delete(endpoint.id())).isFalse();
  }

  @Test
  void noMoreAttemptsAreKeptThanAServerHasRoomFor() {
    Endpoint endpoint = addedEndpoint("busy");
    Attempt oldest = recorded(queuedFor(endpoint), AttemptOutcome.EXHAUSTED);
    multiplyHistory(endpoint, oldest, RedisWebhookStore.MAX_ATTEMPTS - 1);
    assertThat(webhooks.attemptCount(endpoint.id())).isEqualTo(RedisWebhookStore.MAX_ATTEMPTS);

    Attempt newest = recorded(queuedFor(endpoint), AttemptOutcome.DELIVERED);

    assertThat(webhooks.attemptCount(endpoint.id())).isEqualTo(RedisWebhookStore.MAX_ATTEMPTS);
    assertThat(webhooks.findAttempt(oldest.id())).isEmpty();
    assertThat(webhooks.findAttempt(newest.id())).contains(newest);
  }

  @Test
  void attemptsThatAreTooOldGoInStepsAndLeaveNothing() {
    Endpoint endpoint = addedEndpoint("busy");
    Attempt attempt = recorded(queuedFor(endpoint), AttemptOutcome.EXHAUSTED);
    multiplyHistory(endpoint, attempt, 1_200);
    Endpoint next = addedEndpoint("next");
    recorded(queuedFor(next), AttemptOutcome.DELIVERED);

    webhooks.removeAttemptsBefore(Instant.now().plusSeconds(60));

    assertThat(webhookKeys())
        .containsExactlyInAnyOrder(
            "{bifrost}:endpoints",
            "{bifrost}:endpoint:" + endpoint.id(),
            "{bifrost}:endpoint:" + next.id());
  }

  @Test
  void aJobThatNobodyIsToldOfLeavesNothingOfWebhooks() {
    added(one);
    complete(one, claimOne(one).lease(), answer("{}"));

    assertThat(webhookKeys()).isEmpty();
  }

  @Test
  void aRedeliveryThatIsDiscardedKeepsItsHistory() {
    Endpoint endpoint = addedEndpoint("billing");
    Attempt attempt = recorded(queuedFor(endpoint), AttemptOutcome.EXHAUSTED);
    webhooks.redeliver(attempt.id());

    assertThat(webhooks.discard(claimOneFor(webhooks, endpoint))).isTrue();

    assertThat(webhooks.endpointsDue()).isEmpty();
    assertThat(webhooks.attempts(endpoint.id(), 0, 10)).containsExactly(attempt);
    assertThat(webhooks.redeliver(attempt.id())).isEqualTo(Redelivery.QUEUED);
  }

  @Test
  void keysThatWereRemovedByHandStopNothing() {
    Endpoint endpoint = addedEndpoint("billing");
    Attempt attempt = recorded(queuedFor(endpoint), AttemptOutcome.DELIVERED);
    Job removed = queuedFor(endpoint);
    Job fine = queuedFor(endpoint);
    server.del("{bifrost}:delivery:" + removed.id(), "{bifrost}:delivery:" + attempt.jobId());

    assertThat(webhooks.claim(endpoint.id(), 10, LEASE))
        .extracting(each -> each.delivery().jobId())
        .containsExactly(fine.id());
    assertThat(webhooks.attempts(endpoint.id(), 0, 10)).isEmpty();
    assertThat(webhooks.redeliver(attempt.id())).isEqualTo(Redelivery.UNKNOWN);

    server.del("{bifrost}:endpoint:" + endpoint.id());
    assertThat(webhooks.endpoints()).isEmpty();
    assertThat(webhooks.findByName("billing")).isEmpty();
    assertThat(webhooks.add(endpoint("billing"))).isTrue();
  }

  @Test
  void whatIsToBeDeliveredIsDeliveredWithoutMemory() {
    Endpoint endpoint = addedEndpoint("billing");
    queuedFor(endpoint);
    Job running = added(one, job().telling(endpoint.id()));
    var lease = claimOne(one).lease();
    server.configSet("maxmemory", "1");

    assertThat(complete(one, lease, answer("{}"))).isTrue();
    List<ClaimedDelivery> claimed = webhooks.claim(endpoint.id(), 10, LEASE);
    assertThat(claimed).extracting(each -> each.delivery().jobId()).contains(running.id());
    assertThat(claimed).hasSize(2);
    assertThat(webhooks.release(claimed.get(0))).isTrue();
    recorded(webhooks, claimed.get(1), AttemptOutcome.DELIVERED);

    assertThat(
            webhooks.replace(
                endpoint.changed(false, "whsec_bmV3", endpoint.settings(), Instant.now())))
        .isEqualTo(Replacement.REPLACED);
    assertThatThrownBy(() -> webhooks.add(endpoint("more"))).isInstanceOf(JobStoreException.class);
    assertThat(webhooks.delete(endpoint.id())).isTrue();
    assertThat(webhookKeys()).isEmpty();
  }

  @Test
  void nothingThatTheServerEverWroteHoldsASecretAUrlOrTheValueOfAHeader() throws IOException {
    var settings =
        EndpointSettings.builder("billing", URI.create("https://hooks.example/s3cret-url"))
            .headers(Headers.of("Authorization", "Bearer s3cret-header"))
            .build();
    Endpoint endpoint =
        Endpoint.create(UUID.randomUUID(), false, "whsec_s3cret", settings, Instant.now());
    webhooks.add(endpoint);
    webhooks.replace(endpoint.changed(false, "whsec_s3cret-too", settings, Instant.now()));
    Attempt attempt = recorded(queuedFor(endpoint), AttemptOutcome.DELIVERED);

    String written = written(redis.directory());
    assertThat(written).contains(endpoint.id().toString()).contains(attempt.id().toString());
    assertThat(written).doesNotContain("s3cret").doesNotContain("hooks.example/s3");
  }

  private RedisJobStore strangersStore() {
    return store(STRANGERS_KEY);
  }

  private static RedisJobStore store(String keys) {
    return RedisJobStore.builder().uri(redis.uri()).keyring(Keyring.parse(keys)).build();
  }

  private static Endpoint endpoint(String name) {
    return Endpoint.create(
        UUID.randomUUID(),
        false,
        "whsec_c2VjcmV0",
        EndpointSettings.builder(name, URI.create("https://hooks.example/" + name)).build(),
        Instant.now());
  }

  private Endpoint addedEndpoint(String name) {
    Endpoint endpoint = endpoint(name);
    assertThat(webhooks.add(endpoint)).isTrue();
    return endpoint;
  }

  /** A job that is done, and of which the endpoint is to be told. */
  private Job queuedFor(Endpoint endpoint) {
    Job job = added(one, job().telling(endpoint.id()));
    complete(one, claimOne(one).lease(), answer("{}"));
    return one.find(job.id()).orElseThrow();
  }

  private static ClaimedDelivery claimOneFor(WebhookStore store, Endpoint endpoint) {
    List<ClaimedDelivery> claimed = store.claim(endpoint.id(), 1, LEASE);
    assertThat(claimed).hasSize(1);
    return claimed.get(0);
  }

  /** Makes the only delivery that is due, that of the job, end like that. */
  private Attempt recorded(Job job, AttemptOutcome outcome) {
    UUID endpoint = webhooks.endpointsDue().iterator().next();
    ClaimedDelivery claimed = webhooks.claim(endpoint, 1, LEASE).get(0);
    assertThat(claimed.delivery().jobId()).isEqualTo(job.id());
    return recorded(webhooks, claimed, outcome);
  }

  private static Attempt recorded(
      WebhookStore store, ClaimedDelivery claimed, AttemptOutcome outcome) {
    Attempt attempt = Attempt.of(claimed, outcome, 500, null, Instant.now());
    assertThat(store.record(claimed, attempt, null)).isTrue();
    return attempt;
  }

  /** As if the delivery of that attempt had been queued again, and ended, as often. */
  private static void multiplyHistory(Endpoint endpoint, Attempt attempt, int times) {
    server.eval(
        """
        local fields = redis.call('HGETALL', KEYS[1] .. 'attempt:' .. ARGV[2])
        local made = redis.call('HGET', KEYS[1] .. 'attempt:' .. ARGV[2], 'made') + 1
        for i = 1, tonumber(ARGV[4]) do
          local id = string.format('00000000-0000-0000-0000-%012d', i)
          redis.call('HSET', KEYS[1] .. 'attempt:' .. id, unpack(fields))
          redis.call('ZADD', KEYS[1] .. 'history:' .. ARGV[1], made, id)
        end
        redis.call('HINCRBY', KEYS[1] .. 'delivery:' .. ARGV[3], 'kept', ARGV[4])
        """,
        ScriptOutputType.STATUS,
        new String[] {"{bifrost}:"},
        endpoint.id().toString(),
        attempt.id().toString(),
        attempt.jobId().toString(),
        Integer.toString(times));
  }

  /** The keys that are there for webhooks alone. */
  private static List<String> webhookKeys() {
    return Stream.of("mailboxes", "due:*", "delivery:*", "endpoint*", "histor*", "attempt:*")
        .flatMap(each -> TestStores.keys(server, "{bifrost}:", "{bifrost}:" + each).stream())
        .toList();
  }

  private static String written(Path directory) throws IOException {
    var all = new StringBuilder();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        all.append(Files.readString(file, StandardCharsets.ISO_8859_1));
      }
    }
    return all.toString();
  }
}

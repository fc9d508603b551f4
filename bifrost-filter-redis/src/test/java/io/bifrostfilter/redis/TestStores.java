package io.bifrostfilter.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.crypto.Keyring;
import io.bifrostfilter.job.Bytes;
import io.bifrostfilter.job.Caller;
import io.bifrostfilter.job.Headers;
import io.bifrostfilter.job.IdempotencyKey;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.Lease;
import io.bifrostfilter.job.Origin;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.job.RecordedRequest;
import io.bifrostfilter.job.RecordedResponse;
import io.bifrostfilter.store.Admission;
import io.bifrostfilter.store.ClaimedJob;
import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.JobStoreException;
import io.bifrostfilter.store.Limits;
import io.lettuce.core.RedisException;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.cluster.api.sync.RedisClusterCommands;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** What several tests of stores need. */
final class TestStores {

  static final String KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

  static final Duration LEASE = Duration.ofSeconds(30);

  /** Limits that no test reaches. */
  static final Limits AMPLE = new Limits(1_000_000, 1_000_000);

  static final long PATIENCE_SECONDS = 30;

  private static final long LOOK_AGAIN = TimeUnit.MILLISECONDS.toNanos(5);

  private TestStores() {}

  static Keyring keyring() {
    return Keyring.parse(KEY);
  }

  /** A store with a client of its own. */
  static RedisJobStore open(String uri) {
    return RedisJobStore.builder().uri(uri).keyring(keyring()).build();
  }

  static Job job() {
    return job(Duration.ofHours(1), Instant.now());
  }

  static Job job(Duration ttl, Instant createdAt) {
    UUID id = UUID.randomUUID();
    return Job.pending(
        id,
        "request",
        "chat/completions",
        "openai/gpt-4o",
        "owner",
        new IdempotencyKey("scope of " + id, "fingerprint"),
        ttl,
        createdAt);
  }

  static RecordedRequest request(String body, String... headers) {
    return new RecordedRequest(
        "POST",
        "/v1/chat/completions",
        Headers.of(headers),
        Bytes.of(body),
        new Caller("192.0.2.1", "192.0.2.1", 50_000),
        new Origin("node", false, "127.0.0.1", 8080),
        List.of());
  }

  static Outcome answer(String body) {
    return new Outcome.Answered(new RecordedResponse(200, Headers.none(), Bytes.of(body), true));
  }

  /** A job that is in the store. */
  static Job added(JobStore store) {
    return added(store, job());
  }

  static Job added(JobStore store, Job job) {
    assertThat(store.add(job, request("{}"), AMPLE)).isEqualTo(new Admission.Added(job));
    return job;
  }

  static ClaimedJob claimOne(JobStore store) {
    List<ClaimedJob> claimed = store.claim(1, LEASE);
    assertThat(claimed).hasSize(1);
    return claimed.get(0);
  }

  static boolean complete(JobStore store, Lease lease, Outcome outcome) {
    try {
      return store
          .complete(lease, outcome)
          .toCompletableFuture()
          .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  /**
   * The names of keys, on the node that has the store's.
   *
   * @param storePrefix as keys begin
   * @param pattern of the names, as Redis has it
   */
  static List<String> keys(
      RedisClusterCommands<String, String> server, String storePrefix, String pattern) {
    // Not the client's own method, whose signature is another in every second version.
    return server.eval(
        "return redis.call('KEYS', ARGV[1])",
        ScriptOutputType.MULTI,
        new String[] {storePrefix},
        pattern);
  }

  /** Looks until it is so; a server in another process tells nobody when it is ready. */
  static void until(String what, BooleanSupplier condition) {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS)) {
        throw new AssertionError("still not: " + what);
      }
      LockSupport.parkNanos(LOOK_AGAIN);
    }
  }

  /** Tries until the store is there again. */
  static <T> T onceItIsBack(Supplier<T> call) {
    long start = System.nanoTime();
    while (true) {
      try {
        return call.get();
      } catch (JobStoreException | RedisException e) {
        if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS)) {
          throw e;
        }
        LockSupport.parkNanos(LOOK_AGAIN);
      }
    }
  }
}

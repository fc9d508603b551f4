package io.bifrostfilter.benchmarks.store;

import io.bifrostfilter.crypto.Keyring;
import io.bifrostfilter.job.Bytes;
import io.bifrostfilter.job.Caller;
import io.bifrostfilter.job.Headers;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.Origin;
import io.bifrostfilter.job.RecordedRequest;
import io.bifrostfilter.redis.RedisJobStore;
import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.Limits;
import io.bifrostfilter.store.jdbc.JdbcJobStore;
import io.bifrostfilter.store.memory.MemoryJobStore;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;

/** The stores by name, and jobs to put into them. */
public final class Stores {

  /** So that nothing that is measured is refused. */
  public static final Limits NO_LIMITS = new Limits(Integer.MAX_VALUE, Integer.MAX_VALUE);

  private static final Headers HEADERS =
      Headers.of(
          "Content-Type",
          "application/json",
          "Host",
          "localhost:8080",
          "Accept",
          "application/json",
          "User-Agent",
          "OpenAI/Python 1.99.0");

  private Stores() {}

  public static JobStore memory() {
    return new MemoryJobStore(Clock.systemUTC(), Runtime.getRuntime().maxMemory() / 2);
  }

  /** The durable store, with what it keeps encrypted, under a key that is no secret. */
  public static JobStore jdbc(DataSource database) {
    return JdbcJobStore.builder(database).keyring(keyring()).build();
  }

  /** The same, in Redis. */
  public static JobStore redis(String uri) {
    return RedisJobStore.builder().uri(uri).keyring(keyring()).build();
  }

  /** The key of the durable stores. */
  static Keyring keyring() {
    return Keyring.parse(Base64.getEncoder().encodeToString(new byte[32]));
  }

  /** A job as it is submitted. */
  public static Job job(Duration resultTtl) {
    return Job.pending(
        UUID.randomUUID(),
        "request-1",
        "chat/completions",
        "openai/gpt-4",
        "0123456789abcdef0123456789abcdef",
        null,
        resultTtl,
        Instant.now());
  }

  /** Of the job of that number. */
  public static UUID id(int number) {
    return new UUID(0x4000, 0x8000L << 48 | number);
  }

  /** One whose id can be told by its number, and that anybody may poll. */
  static Job job(int number, Duration resultTtl) {
    return Job.pending(
        id(number),
        "request-1",
        "chat/completions",
        "openai/gpt-4",
        null,
        null,
        resultTtl,
        Instant.now());
  }

  /** A request of 1 KiB. */
  public static RecordedRequest request() {
    return request(io.bifrostfilter.benchmarks.server.Payloads.request());
  }

  public static RecordedRequest request(String body) {
    return new RecordedRequest(
        "POST",
        "/v1/chat/completions",
        HEADERS,
        Bytes.of(body),
        new Caller("127.0.0.1", "127.0.0.1", 40000),
        new Origin("node", false, "127.0.0.1", 8080),
        List.of());
  }
}

package io.bifrostfilter.redis;

import io.bifrostfilter.job.IdempotencyKey;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.JobStatus;
import io.bifrostfilter.job.JobSummary;
import io.bifrostfilter.job.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a job's hash: all that is known of it but the request and the outcome. Times are in
 * milliseconds. The scripts know these names, too.
 */
final class JobFields {

  private final UUID id;
  private final Map<String, String> values;

  private JobFields(UUID id, Map<String, String> values) {
    this.id = id;
    this.values = values;
  }

  /** Those that a job is added with. */
  static void write(Job job, Arguments arguments) {
    arguments.add("status").add(job.status().wireName());
    arguments.add("attempts").add(job.attempts());
    arguments.add("request_id").add(job.requestId());
    arguments.add("route").add(job.route());
    arguments.add("ttl").add(job.resultTtl().toMillis());
    arguments.add("created").add(job.createdAt().toEpochMilli());
    if (job.model() != null) {
      arguments.add("model").add(job.model());
    }
    if (job.owner() != null) {
      arguments.add("owner").add(job.owner());
    }
    IdempotencyKey key = job.idempotencyKey();
    if (key != null) {
      arguments.add("scope").add(key.scope());
      arguments.add("fingerprint").add(key.fingerprint());
    }
  }

  /**
   * @param shown id and fields, and more behind them, as scripts answer a job
   */
  static JobFields of(Reply shown) {
    var values = new HashMap<String, String>();
    Reply list = shown.list(1);
    for (int i = 0; i + 1 < list.size(); i += 2) {
      values.put(list.text(i), list.text(i + 1));
    }
    return new JobFields(shown.id(0), values);
  }

  UUID id() {
    return id;
  }

  boolean isDone() {
    return status().isDone();
  }

  /** A job that is not done yet. */
  Job unfinished() {
    return job(status(), null, null, null);
  }

  /**
   * A job that is done.
   *
   * @param outcome that was recorded, or what there is to say if it cannot be read
   */
  Job finished(Outcome outcome) {
    return job(
        outcome.isSuccess() ? JobStatus.COMPLETED : JobStatus.FAILED,
        instant("completed"),
        instant("expires"),
        outcome);
  }

  JobSummary summary() {
    return new JobSummary(
        id,
        text("route"),
        values.get("model"),
        status(),
        instant("created"),
        Integer.parseInt(text("attempts")),
        isDone() ? Integer.valueOf(text("code")) : null);
  }

  private Job job(
      JobStatus status,
      @Nullable Instant completedAt,
      @Nullable Instant expiresAt,
      @Nullable Outcome outcome) {
    String scope = values.get("scope");
    return new Job(
        id,
        text("request_id"),
        text("route"),
        values.get("model"),
        values.get("owner"),
        scope == null ? null : new IdempotencyKey(scope, text("fingerprint")),
        null,
        Duration.ofMillis(Long.parseLong(text("ttl"))),
        instant("created"),
        status,
        Integer.parseInt(text("attempts")),
        completedAt,
        expiresAt,
        outcome);
  }

  private JobStatus status() {
    return JobStatus.valueOf(text("status").toUpperCase(Locale.ROOT));
  }

  private Instant instant(String name) {
    return Instant.ofEpochMilli(Long.parseLong(text(name)));
  }

  private String text(String name) {
    return Objects.requireNonNull(values.get(name), () -> "a job without " + name);
  }
}

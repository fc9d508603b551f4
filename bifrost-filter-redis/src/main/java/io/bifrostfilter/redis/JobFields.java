package io.bifrostfilter.redis;

import io.bifrostfilter.job.IdempotencyKey;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.JobStatus;
import io.bifrostfilter.job.JobSummary;
import io.bifrostfilter.job.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The fields of a job's hash: all that is known of it but the request and the outcome. Times are in
 * milliseconds. The scripts know these names, too.
 */
final class JobFields {

  private final UUID id;
  private final Fields values;

  private JobFields(UUID id, Fields values) {
    this.id = id;
    this.values = values;
  }

  /**
   * Those that a job is added with.
   *
   * @param tag shows later that none of those was changed that never change
   */
  static void write(Job job, byte[] tag, Arguments arguments) {
    arguments.add("tag").add(HexFormat.of().formatHex(tag));
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
    if (job.webhook() != null) {
      arguments.add("webhook").add(job.webhook());
    }
  }

  /**
   * @param shown id and fields, and more behind them, as scripts answer a job
   */
  static JobFields of(Reply shown) {
    return new JobFields(shown.id(0), Fields.of(shown.list(1)));
  }

  UUID id() {
    return id;
  }

  /** What the job was tagged with; nothing that ever was a tag if that is damaged. */
  byte[] tag() {
    String tag = values.find("tag");
    try {
      return HexFormat.of().parseHex(tag == null ? "00" : tag);
    } catch (IllegalArgumentException e) {
      return new byte[] {0};
    }
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
        values.instant("completed"),
        values.instant("expires"),
        outcome);
  }

  JobSummary summary() {
    return new JobSummary(
        id,
        values.text("route"),
        values.find("model"),
        status(),
        values.instant("created"),
        values.integer("attempts"),
        isDone() ? values.integer("code") : null);
  }

  private Job job(
      JobStatus status,
      @Nullable Instant completedAt,
      @Nullable Instant expiresAt,
      @Nullable Outcome outcome) {
    String scope = values.find("scope");
    String webhook = values.find("webhook");
    return new Job(
        id,
        values.text("request_id"),
        values.text("route"),
        values.find("model"),
        values.find("owner"),
        scope == null ? null : new IdempotencyKey(scope, values.text("fingerprint")),
        webhook == null ? null : UUID.fromString(webhook),
        Duration.ofMillis(values.number("ttl")),
        values.instant("created"),
        status,
        values.integer("attempts"),
        completedAt,
        expiresAt,
        outcome);
  }

  private JobStatus status() {
    return JobStatus.valueOf(values.text("status").toUpperCase(Locale.ROOT));
  }
}

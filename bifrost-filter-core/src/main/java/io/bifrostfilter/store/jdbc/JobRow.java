package io.bifrostfilter.store.jdbc;

import io.bifrostfilter.job.IdempotencyKey;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.JobStatus;
import io.bifrostfilter.job.Outcome;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A row of the table of jobs, and what another table has sealed for it.
 *
 * @param tag shows that what never changes of a job was not changed, in hexadecimal digits
 * @param sealed the request or the result, whichever was asked for; null if it is missing
 */
record JobRow(
    UUID id,
    String requestId,
    String route,
    @Nullable String model,
    @Nullable String owner,
    @Nullable String keyScope,
    @Nullable String keyFingerprint,
    @Nullable UUID webhook,
    String tag,
    long ttlMillis,
    long createdAt,
    JobStatus status,
    int attempts,
    long leaseToken,
    long completedAt,
    long expiresAt,
    @Nullable Sealed sealed) {

  /** What {@link #read} needs, of the table that is called j. */
  static final String COLUMNS =
      "j.id, j.request_id, j.route, j.model, j.owner, j.key_scope, j.key_fingerprint, j.webhook,"
          + " j.tag, j.ttl_ms, j.created_at, j.status, j.attempts, j.lease_token, j.completed_at,"
          + " j.expires_at";

  static final int PENDING = 0;
  static final int PROCESSING = 1;
  static final int COMPLETED = 2;
  static final int FAILED = 3;

  static JobRow read(ResultSet row, Dialect dialect, @Nullable Sealed sealed) throws SQLException {
    return new JobRow(
        dialect.getId(row, "id"),
        row.getString("request_id"),
        row.getString("route"),
        row.getString("model"),
        row.getString("owner"),
        row.getString("key_scope"),
        row.getString("key_fingerprint"),
        dialect.getIdOrNull(row, "webhook"),
        row.getString("tag"),
        row.getLong("ttl_ms"),
        row.getLong("created_at"),
        status(row.getInt("status")),
        row.getInt("attempts"),
        row.getLong("lease_token"),
        row.getLong("completed_at"),
        row.getLong("expires_at"),
        sealed);
  }

  /** The job, if it is not done. */
  Job unfinished() {
    return job(status, attempts, null);
  }

  /** The job, if it is done. */
  Job finished(Outcome outcome) {
    return job(Completion.statusOf(outcome), attempts, outcome);
  }

  JobRow withSealed(@Nullable Sealed other) {
    return new JobRow(
        id,
        requestId,
        route,
        model,
        owner,
        keyScope,
        keyFingerprint,
        webhook,
        tag,
        ttlMillis,
        createdAt,
        status,
        attempts,
        leaseToken,
        completedAt,
        expiresAt,
        other);
  }

  /** As it is after another claim. */
  JobRow claimed() {
    return new JobRow(
        id,
        requestId,
        route,
        model,
        owner,
        keyScope,
        keyFingerprint,
        webhook,
        tag,
        ttlMillis,
        createdAt,
        JobStatus.PROCESSING,
        attempts + 1,
        leaseToken + 1,
        completedAt,
        expiresAt,
        sealed);
  }

  /** What the job was tagged with; nothing that ever was a tag if that is damaged. */
  byte[] tagBytes() {
    try {
      return HexFormat.of().parseHex(tag);
    } catch (IllegalArgumentException e) {
      return new byte[] {0};
    }
  }

  static int code(JobStatus status) {
    return switch (status) {
      case PENDING -> PENDING;
      case PROCESSING -> PROCESSING;
      case COMPLETED -> COMPLETED;
      case FAILED -> FAILED;
    };
  }

  static JobStatus status(int code) throws SQLException {
    return switch (code) {
      case PENDING -> JobStatus.PENDING;
      case PROCESSING -> JobStatus.PROCESSING;
      case COMPLETED -> JobStatus.COMPLETED;
      case FAILED -> JobStatus.FAILED;
      default -> throw new SQLException("a job with the status " + code);
    };
  }

  private Job job(JobStatus shown, int shownAttempts, @Nullable Outcome outcome) {
    return new Job(
        id,
        requestId,
        route,
        model,
        owner,
        keyScope == null || keyFingerprint == null
            ? null
            : new IdempotencyKey(keyScope, keyFingerprint),
        webhook,
        Duration.ofMillis(ttlMillis),
        Instant.ofEpochMilli(createdAt),
        shown,
        shownAttempts,
        outcome == null ? null : Instant.ofEpochMilli(completedAt),
        outcome == null ? null : Instant.ofEpochMilli(expiresAt),
        outcome);
  }
}

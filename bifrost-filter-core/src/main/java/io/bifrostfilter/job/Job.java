package io.bifrostfilter.job;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * All that is known of a job, its request aside. Immutable: a transition gives a new value, and one
 * that is not legal throws.
 *
 * <pre>
 *   pending ── claimed ──▶ processing ── finished ──▶ completed | failed
 *      ▲                       │
 *      └─────── returned ──────┘          (pending, too, can be finished: by a cancel)
 * </pre>
 *
 * @param requestId the {@code X-Request-Id} that came with the submit, or one made for it
 * @param route the route of the contract that the path ends with, else the path
 * @param model the model that was asked for, as written
 * @param owner a keyed hash of the caller's identity; null if the caller had none, so that the id
 *     alone opens the job
 * @param webhook the endpoint to tell once it is done; null if none is
 * @param resultTtl from completion to expiry; at least a second
 * @param attempts how often a worker has claimed it
 */
public record Job(
    UUID id,
    String requestId,
    String route,
    @Nullable String model,
    @Nullable String owner,
    @Nullable IdempotencyKey idempotencyKey,
    @Nullable UUID webhook,
    Duration resultTtl,
    Instant createdAt,
    JobStatus status,
    int attempts,
    @Nullable Instant completedAt,
    @Nullable Instant expiresAt,
    @Nullable Outcome outcome) {

  public Job {
    boolean done = status.isDone();
    if (done != (outcome != null) || done != (completedAt != null) || done != (expiresAt != null)) {
      throw new IllegalArgumentException(
          "a job has an outcome and its times exactly when it is done; this one is " + status);
    }
  }

  /** A job as it is accepted; nobody is told when it is done. */
  public static Job pending(
      UUID id,
      String requestId,
      String route,
      @Nullable String model,
      @Nullable String owner,
      @Nullable IdempotencyKey idempotencyKey,
      Duration resultTtl,
      Instant createdAt) {
    return new Job(
        id,
        requestId,
        route,
        model,
        owner,
        idempotencyKey,
        null,
        resultTtl,
        createdAt.truncatedTo(ChronoUnit.MILLIS),
        JobStatus.PENDING,
        0,
        null,
        null,
        null);
  }

  /** The same job, whose end an endpoint is told of. */
  public Job telling(@Nullable UUID endpoint) {
    require(JobStatus.PENDING, "given a webhook");
    return new Job(
        id,
        requestId,
        route,
        model,
        owner,
        idempotencyKey,
        endpoint,
        resultTtl,
        createdAt,
        status,
        attempts,
        null,
        null,
        null);
  }

  /**
   * The same, made of other objects.
   *
   * @param texts gives an equal one for a text that other jobs have, too
   */
  public Job with(UnaryOperator<String> texts) {
    return new Job(
        id,
        requestId,
        texts.apply(route),
        model == null ? null : texts.apply(model),
        owner == null ? null : texts.apply(owner),
        idempotencyKey,
        webhook,
        resultTtl,
        createdAt,
        status,
        attempts,
        completedAt,
        expiresAt,
        outcome);
  }

  /** A worker takes it. */
  public Job claimed() {
    require(JobStatus.PENDING, "claimed");
    return notDone(JobStatus.PROCESSING, attempts + 1);
  }

  /** Its worker was lost: it waits for another. */
  public Job returned() {
    require(JobStatus.PROCESSING, "returned");
    return notDone(JobStatus.PENDING, attempts);
  }

  /** Its worker gave it back unharmed: it waits for another, and the attempt does not count. */
  public Job handedOver() {
    require(JobStatus.PROCESSING, "handed over");
    return notDone(JobStatus.PENDING, attempts - 1);
  }

  /** It ends, here and for good. */
  public Job finished(Outcome result, Instant now) {
    if (status.isDone()) {
      throw new IllegalStateException(
          "job " + id + " is " + status + " and cannot be finished again");
    }
    // What clients are told is to the millisecond, and must be the truth.
    Instant end = now.truncatedTo(ChronoUnit.MILLIS);
    return with(
        result.isSuccess() ? JobStatus.COMPLETED : JobStatus.FAILED,
        attempts,
        end,
        end.plus(resultTtl),
        result);
  }

  public boolean isDone() {
    return status.isDone();
  }

  /** Whether its time is over at that instant; from {@link #expiresAt} on it is. */
  public boolean isExpiredAt(Instant now) {
    return expiresAt != null && !now.isBefore(expiresAt);
  }

  /** There once the job is done. */
  public Optional<Outcome> result() {
    return Optional.ofNullable(outcome);
  }

  /** When the outcome was recorded; only for a job that is done. */
  public Instant whenCompleted() {
    return Objects.requireNonNull(completedAt, "not done");
  }

  /** When the job will be gone; only for a job that is done. */
  public Instant whenExpires() {
    return Objects.requireNonNull(expiresAt, "not done");
  }

  private void require(JobStatus expected, String verb) {
    if (status != expected) {
      throw new IllegalStateException("job " + id + " is " + status + " and cannot be " + verb);
    }
  }

  private Job notDone(JobStatus newStatus, int newAttempts) {
    return with(newStatus, newAttempts, null, null, null);
  }

  private Job with(
      JobStatus newStatus,
      int newAttempts,
      @Nullable Instant completed,
      @Nullable Instant expires,
      @Nullable Outcome result) {
    return new Job(
        id,
        requestId,
        route,
        model,
        owner,
        idempotencyKey,
        webhook,
        resultTtl,
        createdAt,
        newStatus,
        newAttempts,
        completed,
        expires,
        result);
  }
}

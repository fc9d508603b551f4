package io.bifrostfilter.submission;

import io.bifrostfilter.job.Failure;
import io.bifrostfilter.job.IdempotencyKey;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.store.Admission;
import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.Limits;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import org.jspecify.annotations.Nullable;

/**
 * What can be done with jobs. Whoever is not a job's owner, or asks for it on another route, is
 * told that there is no such job. For many threads.
 */
public final class JobService implements AutoCloseable {

  private static final Outcome CANCELLED =
      new Outcome.Unanswered(
          Failure.CANCELLED, "The job was cancelled before the handler answered.");

  private final JobStore store;
  private final Limits limits;
  private final KeyedHash hash;
  private final Clock clock;
  private final Waiters waiters;
  private volatile boolean stopping;

  /**
   * @param timer ends waits that are in vain
   */
  public JobService(
      JobStore store, Limits limits, KeyedHash hash, Clock clock, ScheduledExecutorService timer) {
    this.store = store;
    this.limits = limits;
    this.hash = hash;
    this.clock = clock;
    this.waiters = new Waiters(store, timer);
  }

  /** Makes a job, or finds the one that the same submit has made before. */
  public Admission submit(Submission submission) {
    if (stopping) {
      return new Admission.Refused(Admission.Reason.STOPPING);
    }
    String owner = owner(submission.caller());
    var job =
        Job.pending(
            UUID.randomUUID(),
            submission.requestId(),
            submission.route(),
            submission.model().orElse(null),
            owner,
            idempotencyKey(submission, owner),
            submission.resultTtl(),
            clock.instant());
    return store.add(job, submission.request(), limits);
  }

  /** The job as it stands. */
  public Optional<Job> find(JobRef ref) {
    return store.find(ref.id()).filter(job -> isOpenTo(job, ref));
  }

  /**
   * Completes when it is worth looking for the job again: it is done or gone, or the time is over.
   * Holds no thread meanwhile. Whoever continues from it may be on a thread that must not block.
   * Cancelling the future ends the wait.
   */
  public CompletableFuture<Void> await(JobRef ref, Duration limit) {
    Optional<Job> now = find(ref);
    return now.isEmpty() || now.get().isDone() || limit.isZero()
        ? CompletableFuture.completedFuture(null)
        : waiters.untilChanged(ref.id(), limit);
  }

  /**
   * Ends a job that is not done; the exchange with the handler is aborted.
   *
   * @return the job as it stands now
   */
  public Optional<Job> cancel(JobRef ref) {
    return find(ref)
        .flatMap(job -> job.isDone() ? Optional.of(job) : store.finish(job.id(), CANCELLED));
  }

  /**
   * Removes a job, and ends it if need be.
   *
   * @return false if there is no such job for this caller
   */
  public boolean delete(JobRef ref) {
    return find(ref).isPresent() && store.delete(ref.id());
  }

  /** Refuses submits from now on. What was accepted can still be asked for. */
  public void acceptNoMore() {
    stopping = true;
  }

  /** Ends all waits. */
  @Override
  public void close() {
    waiters.close();
  }

  private boolean isOpenTo(Job job, JobRef ref) {
    return job.route().equals(ref.route())
        && (job.owner() == null || isSame(job.owner(), owner(ref.caller())));
  }

  private static boolean isSame(String owner, @Nullable String asking) {
    return asking != null
        && MessageDigest.isEqual(
            owner.getBytes(StandardCharsets.UTF_8), asking.getBytes(StandardCharsets.UTF_8));
  }

  private @Nullable String owner(Optional<String> caller) {
    return caller.map(identity -> hash.of("owner", identity)).orElse(null);
  }

  private @Nullable IdempotencyKey idempotencyKey(Submission submission, @Nullable String owner) {
    return submission
        .idempotencyKey()
        .map(
            key ->
                new IdempotencyKey(
                    hash.of("idempotency-key", owner == null ? "" : owner, submission.route(), key),
                    hash.of("body", submission.fingerprint().parts())))
        .orElse(null);
  }
}

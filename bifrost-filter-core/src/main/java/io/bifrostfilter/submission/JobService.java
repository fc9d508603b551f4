package io.bifrostfilter.submission;

import io.bifrostfilter.job.Failure;
import io.bifrostfilter.job.IdempotencyKey;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.job.RecordedRequest;
import io.bifrostfilter.observation.JobObservers;
import io.bifrostfilter.store.Admission;
import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.JobStoreException;
import io.bifrostfilter.store.Limits;
import java.time.Clock;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;

/**
 * What can be done with jobs. Whoever is not a job's owner, or asks for it on another route, is
 * told that there is no such job. For many threads.
 */
public final class JobService implements AutoCloseable {

  private static final Outcome CANCELLED =
      new Outcome.Unanswered(
          Failure.CANCELLED, "The job was cancelled before the handler answered.");

  private static final Admission STOPPING = new Admission.Refused(Admission.Reason.STOPPING);

  private final JobStore store;
  private final Limits limits;
  private final Recognizer recognizer;
  private final Clock clock;
  private final Waiters waiters;
  private final JobObservers observers;
  private volatile boolean stopping;

  /**
   * @param timer ends waits that are in vain
   */
  public JobService(
      JobStore store,
      Limits limits,
      Recognizer recognizer,
      Clock clock,
      ScheduledExecutorService timer,
      JobObservers observers) {
    this.store = store;
    this.limits = limits;
    this.recognizer = recognizer;
    this.clock = clock;
    this.waiters = new Waiters(store, timer);
    this.observers = observers;
  }

  /** Makes a job, or finds the one that the same submit has made before. */
  public Admission submit(Submission submission) {
    try {
      Admission admission = stopping ? STOPPING : add(submission);
      observe(submission.route(), admission);
      return admission;
    } catch (JobStoreException e) {
      observers.refused(submission.route(), "store_unavailable");
      throw e;
    }
  }

  private Admission add(Submission submission) {
    Optional<Admission> repeated = submittedUnderAnOlderKey(submission);
    if (repeated.isPresent()) {
      return repeated.get();
    }
    var job =
        Job.pending(
                UUID.randomUUID(),
                submission.requestId(),
                submission.route(),
                submission.model().map(JobService::storable).orElse(null),
                recognizer.owner(submission.caller()),
                recognizer.idempotencyKey(submission),
                submission.resultTtl(),
                clock.instant())
            .telling(submission.webhook().orElse(null));
    RecordedRequest request = submission.request();
    return store.add(
        job, request.withHeaders(observers.submitting(job, request.headers())), limits);
  }

  /** Some databases keep no NUL in a text, and no model has one in its name. */
  private static String storable(String model) {
    return model.replace('\0', '\uFFFD');
  }

  private void observe(String route, Admission admission) {
    if (admission instanceof Admission.Added added) {
      observers.submitted(added.job());
    } else if (admission instanceof Admission.Refused refused) {
      observers.refused(route, refused.reason().name().toLowerCase(Locale.ROOT));
    } else if (admission instanceof Admission.KeyReused) {
      observers.refused(route, "idempotency_key_reused");
    }
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
  public CompletableFuture<Void> await(Job job, Duration limit) {
    return job.isDone() || limit.isZero()
        ? CompletableFuture.completedFuture(null)
        : waiters.untilChanged(job.id(), limit);
  }

  /**
   * A job as it stands by now. It was submitted by whoever asks, or {@link #find found} for them,
   * and that is not checked again.
   */
  public Optional<Job> latest(Job job) {
    return job.isDone() ? Optional.of(job) : store.find(job.id());
  }

  /**
   * Ends a job that is not done; the exchange with the handler is aborted.
   *
   * @return the job as it stands now
   */
  public Optional<Job> cancel(JobRef ref) {
    return find(ref).flatMap(job -> job.isDone() ? Optional.of(job) : cancel(job));
  }

  private Optional<Job> cancel(Job job) {
    Optional<Job> after = store.finish(job.id(), CANCELLED);
    // The handler may have been faster.
    after
        .filter(now -> now.result().filter(CANCELLED::equals).isPresent())
        .ifPresent(now -> observers.finished(now, CANCELLED, Optional.empty()));
    return after;
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
        && (job.owner() == null || recognizer.isOwner(job.owner(), ref.caller()));
  }

  private Optional<Admission> submittedUnderAnOlderKey(Submission submission) {
    for (IdempotencyKey key : recognizer.olderIdempotencyKeys(submission)) {
      Optional<Job> earlier = store.findByIdempotencyScope(key.scope());
      if (earlier.isPresent()) {
        return Optional.of(
            key.equals(earlier.get().idempotencyKey())
                ? new Admission.Replayed(earlier.get())
                : new Admission.KeyReused());
      }
    }
    return Optional.empty();
  }
}

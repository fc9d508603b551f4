package io.bifrostfilter.worker;

import io.bifrostfilter.dispatch.HandlerDispatcher;
import io.bifrostfilter.job.Failure;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.Lease;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.observation.JobObservers;
import io.bifrostfilter.store.ClaimedJob;
import io.bifrostfilter.store.JobListener.Change;
import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.JobStoreException;
import io.bifrostfilter.store.Outage;
import io.bifrostfilter.store.Recovery;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Claims jobs, runs as many at once as it may, records what comes of them, and keeps their leases
 * alive.
 *
 * <p>One thread of its own claims; runs hold none. Renewal, recovery and clean-up are done on the
 * timer it is given.
 */
public final class JobWorker {

  private static final Logger log = LoggerFactory.getLogger(JobWorker.class);

  /** Only a store that is shared with other nodes needs looking at unasked. */
  private static final Duration LOOK_UNASKED = Duration.ofSeconds(1);

  private static final Duration CLEAN_UP_EVERY = Duration.ofSeconds(20);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);
  private static final int RENEWALS_PER_LEASE = 3;

  private final JobStore store;
  private final HandlerDispatcher dispatcher;
  private final WorkerSettings settings;
  private final ScheduledExecutorService timer;
  private final Clock clock;
  private final JobObservers observers;
  private final Semaphore slots;
  private final ConcurrentMap<UUID, JobRun> runs = new ConcurrentHashMap<>();
  private final WakeUp wakeUp = new WakeUp();
  private final Outage outage;
  private final Thread thread = new Thread(this::work, "bifrost-async-worker");
  private volatile boolean stopping;
  private boolean toldNotReady;

  /** How often leases are still to be renewed before those of others are looked at. */
  private int renewalsOfGrace;

  private JobStore.@Nullable Subscription subscription;

  public JobWorker(
      JobStore store,
      HandlerDispatcher dispatcher,
      WorkerSettings settings,
      ScheduledExecutorService timer,
      Clock clock,
      JobObservers observers,
      Outage outage) {
    this.store = store;
    this.dispatcher = dispatcher;
    this.settings = settings;
    this.timer = timer;
    this.clock = clock;
    this.observers = observers;
    this.outage = outage;
    this.slots = new Semaphore(settings.maxConcurrency());
    thread.setDaemon(true);
  }

  public void start() {
    subscription = store.subscribe(this::changed);
    every(settings.lease().dividedBy(RENEWALS_PER_LEASE), this::lookAfterLeases);
    every(CLEAN_UP_EVERY, store::removeExpired);
    thread.start();
  }

  /** There may be something to claim. For any thread. */
  public void wake() {
    wakeUp.call();
  }

  /**
   * Claims nothing more, waits for what runs, for as long as the drain timeout, and gives back what
   * is not done by then. Returns when the worker's thread has ended.
   */
  public void stop() {
    stopping = true;
    dispatcher.stopping();
    wakeUp.call();
    boolean interrupted = false;
    try {
      // The thread first: what it is about to start must be among what is waited for.
      thread.join();
      if (!allRunsEndWithin(settings.drainTimeout())) {
        log.info(
            "Jobs still run after {}, {} of them; they are given back and will be run again if the"
                + " store outlives this process.",
            settings.drainTimeout(),
            runs.size());
      }
    } catch (InterruptedException e) {
      interrupted = true;
    }
    handOver();
    if (subscription != null) {
      subscription.close();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Gives back all that runs, at once, while {@link #stop} may still be waiting for it; does
   * nothing before that. For when the application is about to be unreachable: what a run finds out
   * from then on is nothing that its caller should be told.
   */
  public void handOver() {
    if (stopping) {
      runs.values().forEach(this::handOver);
    }
  }

  private boolean allRunsEndWithin(Duration limit) throws InterruptedException {
    return slots.tryAcquire(settings.maxConcurrency(), limit.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void work() {
    // An interrupt means stop; whoever sent one does not want this thread to run.
    while (!stopping && !Thread.currentThread().isInterrupted()) {
      try {
        if (!claimAndStart()) {
          wakeUp.await(LOOK_UNASKED);
        }
      } catch (JobStoreException e) {
        outage.goesOn(e);
        wakeUp.await(RETRY_AFTER);
      } catch (Throwable t) {
        log.error("Claiming jobs failed; trying again in {}.", RETRY_AFTER, t);
        wakeUp.await(RETRY_AFTER);
      }
    }
    if (!stopping) {
      log.warn(
          "The worker was interrupted: this node claims no more jobs until it is started again.");
    }
  }

  /** Returns whether there may be more to claim at once. */
  private boolean claimAndStart() {
    int free = slots.availablePermits();
    if (free == 0 || !isReady()) {
      return false;
    }
    var claimed = store.claim(free, settings.lease());
    outage.isOver();
    claimed.forEach(this::start);
    return !claimed.isEmpty();
  }

  private boolean isReady() {
    if (dispatcher.isReady()) {
      return true;
    }
    if (store.counts().waiting() == 0) {
      return false;
    }
    dispatcher.look();
    boolean ready = dispatcher.isReady();
    if (!ready && !toldNotReady) {
      toldNotReady = true;
      log.info(
          "No job is claimed before the first request has shown where the application listens, or"
              + " bifrost.async.target, where that is set, accepts connections.");
    }
    return ready;
  }

  private void start(ClaimedJob claimed) {
    // Only this thread takes permits, and it saw enough of them.
    slots.acquireUninterruptibly();
    Instant begin = clock.instant();
    var run =
        new JobRun(
            claimed,
            dispatcher,
            outcome -> record(new Ending(claimed, outcome, between(begin, clock.instant()))));
    runs.put(run.jobId(), run);
    observers.started(claimed.job(), between(claimed.job().createdAt(), begin));
    try {
      run.start();
    } catch (Throwable t) {
      log.error("Job {} could not be started; it fails.", run.jobId(), t);
      if (run.end()) {
        record(
            new Ending(
                claimed,
                new Outcome.Unanswered(
                    Failure.HANDLER_UNREACHABLE, "The request could not be sent to the handler."),
                Duration.ZERO));
      }
    }
  }

  /** How a run ended, until that is recorded. */
  private record Ending(ClaimedJob claimed, Outcome outcome, Duration ran) {

    Lease lease() {
      return claimed.lease();
    }
  }

  private void record(Ending ending) {
    if (stopping && isUnreachable(ending.outcome())) {
      log.info("Job {} is given back, to be run again.", ending.lease().jobId());
      giveBackSoon(ending.lease());
      return;
    }
    try {
      store
          .complete(ending.lease(), ending.outcome())
          .whenComplete(
              (recorded, failure) -> {
                if (failure == null) {
                  recorded(ending, recorded);
                } else {
                  notRecorded(ending, failure);
                }
              });
    } catch (Throwable t) {
      notRecorded(ending, t);
    }
  }

  private void recorded(Ending ending, boolean isOurs) {
    outage.isOver();
    if (isOurs) {
      observers.finished(ending.claimed().job(), ending.outcome(), Optional.of(ending.ran()));
    } else {
      log.info(
          "Job {} ended here with {}, but is not this node's any more; the outcome is dropped.",
          ending.lease().jobId(),
          ending.outcome().statusCode());
    }
    ended(ending.lease().jobId());
  }

  private void notRecorded(Ending ending, Throwable failure) {
    UUID id = ending.lease().jobId();
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (!(cause instanceof JobStoreException)) {
      log.error("Job {} is done, but recording it failed; it will run again.", id, cause);
      ended(id);
      return;
    }
    outage.goesOn(cause);
    log.debug("Job {} is done, and is recorded once the store is back.", id);
    try {
      timer.schedule(() -> record(ending), RETRY_AFTER.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      log.warn("Job {} is done, but cannot be recorded any more; it will run again.", id);
      ended(id);
    }
  }

  /**
   * It is our own server that is going, and a store that outlives it has the job run again. On the
   * timer, since the store may have to be waited for.
   */
  private void giveBackSoon(Lease lease) {
    try {
      timer.execute(() -> giveBack(lease));
    } catch (RejectedExecutionException e) {
      log.warn("Job {} could not be given back; it waits until its lease lapses.", lease.jobId());
      ended(lease.jobId());
    }
  }

  private void giveBack(Lease lease) {
    try {
      store.release(lease);
    } catch (JobStoreException e) {
      log.warn(
          "Job {} could not be given back; it waits until its lease lapses.", lease.jobId(), e);
    }
    ended(lease.jobId());
  }

  private static boolean isUnreachable(Outcome outcome) {
    return outcome instanceof Outcome.Unanswered unanswered
        && unanswered.failure() == Failure.HANDLER_UNREACHABLE;
  }

  /** Never below zero, which the clocks of two nodes might make it. */
  private static Duration between(Instant begin, Instant end) {
    return end.isAfter(begin) ? Duration.between(begin, end) : Duration.ZERO;
  }

  private void ended(UUID id) {
    if (runs.remove(id) != null) {
      slots.release();
      wakeUp.call();
    }
  }

  private void handOver(JobRun run) {
    if (run.end()) {
      giveBack(run.lease());
    }
  }

  private void changed(UUID id, Change change) {
    if (change == Change.PENDING) {
      if (slots.availablePermits() > 0) {
        wakeUp.call();
      }
      return;
    }
    JobRun run = runs.get(id);
    if (run == null) {
      // A result that was deleted has made room, which claims may have been waiting for.
      if (change == Change.DELETED) {
        wakeUp.call();
      }
    } else if (run.end()) {
      log.debug("Job {} was cancelled or deleted; its exchange is aborted.", id);
      ended(id);
    }
  }

  /**
   * Renews what runs here, then recovers what was lost elsewhere. When the store has been away, the
   * leases of all nodes may have lapsed with nobody dead: each has the time of a lease to renew
   * them, and to record what has ended meanwhile.
   */
  private void lookAfterLeases() {
    try {
      renewLeases();
      if (renewalsOfGrace > 0) {
        renewalsOfGrace--;
      } else {
        recoverLapsed();
      }
    } catch (JobStoreException e) {
      renewalsOfGrace = RENEWALS_PER_LEASE;
      throw e;
    }
  }

  private void renewLeases() {
    Map<Lease, JobRun> held =
        runs.values().stream().collect(Collectors.toMap(JobRun::lease, Function.identity()));
    if (held.isEmpty()) {
      return;
    }
    Set<Lease> gone = store.renew(held.keySet(), settings.lease());
    outage.isOver();
    for (Lease lost : gone) {
      JobRun run = held.get(lost);
      if (run != null && run.end()) {
        log.info("Job {} is not this node's any more; its exchange is aborted.", run.jobId());
        ended(run.jobId());
      }
    }
  }

  private void recoverLapsed() {
    Outcome lost =
        new Outcome.Unanswered(
            Failure.WORKER_LOST,
            "The worker that ran this job was lost, for the last of "
                + settings.maxAttempts()
                + " attempts; it is not tried again.");
    Recovery recovery = store.recoverLapsed(settings.maxAttempts(), lost);
    for (UUID id : recovery.givenUp()) {
      Optional<Job> job = store.find(id);
      job.ifPresent(found -> observers.finished(found, lost, Optional.empty()));
    }
    if (recovery.total() > 0) {
      log.warn(
          "Jobs were left by a worker that is lost, {} of them; they wait for another or have"
              + " failed.",
          recovery.total());
    }
  }

  private void every(Duration period, Runnable duty) {
    timer.scheduleWithFixedDelay(
        () -> {
          try {
            duty.run();
          } catch (JobStoreException e) {
            outage.goesOn(e);
          } catch (Throwable t) {
            log.warn("Housekeeping failed; it is tried again in {}.", period, t);
          }
        },
        period.toMillis(),
        period.toMillis(),
        TimeUnit.MILLISECONDS);
  }
}

package io.bifrostfilter.webhook;

import io.bifrostfilter.delivery.Attempt;
import io.bifrostfilter.delivery.AttemptOutcome;
import io.bifrostfilter.delivery.ClaimedDelivery;
import io.bifrostfilter.delivery.Delivery;
import io.bifrostfilter.delivery.Endpoint;
import io.bifrostfilter.job.Bytes;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.JobStoreException;
import io.bifrostfilter.store.Outage;
import io.bifrostfilter.store.WebhookStore;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Claims deliveries that are due, attempts as many at once as each endpoint may have, and records
 * what comes of them. A slow receiver delays nobody else: it fills its own endpoint's places, and
 * an attempt holds no thread while the receiver thinks.
 *
 * <p>One thread of its own claims. For many threads.
 */
final class DeliveryDispatcher {

  private static final Logger log = LoggerFactory.getLogger(DeliveryDispatcher.class);

  /**
   * Of all endpoints together, so that bodies do not fill the heap. Slow receivers may well take
   * all of it, so one more is for each endpoint that has none in flight.
   */
  private static final int MAX_IN_FLIGHT = 512;

  /** Retries of other nodes, and far ones, become due without anybody saying so. */
  private static final Duration LOOK_UNASKED = Duration.ofSeconds(1);

  /**
   * Whatever becomes due at nearly the same time is claimed together: no receiver minds, and jobs
   * that are ending have the store to themselves.
   */
  private static final Duration GATHER = Duration.ofMillis(10);

  /** Of what is retried later, a second more is no matter. */
  private static final Duration PUNCTUAL_WITHIN = Duration.ofMinutes(1);

  private static final Duration CLEAN_UP_EVERY = Duration.ofMinutes(1);

  /** Beside the attempt itself: to load the job, and to record the attempt. */
  private static final Duration LEASE_MARGIN = Duration.ofSeconds(15);

  private final JobStore jobs;
  private final WebhookStore store;
  private final Caller caller;
  private final Notice notice;
  private final RetrySchedule schedule;
  private final Duration retention;
  private final Clock clock;
  private final Outage outage;
  private final Executor executor;
  private final Set<ClaimedDelivery> inFlight = ConcurrentHashMap.newKeySet();
  private final ConcurrentMap<UUID, Integer> inFlightByEndpoint = new ConcurrentHashMap<>();
  private final NavigableSet<Instant> retries = new ConcurrentSkipListSet<>();
  private final Semaphore wanted = new Semaphore(0);
  private final Thread thread = new Thread(this::work, "bifrost-async-webhooks");
  private Instant lastCleanUp = Instant.MIN;

  /** Whether something may be due that found no place, so that one that is free is worth a look. */
  private volatile boolean placesMissing;

  private final CountDownLatch stopping = new CountDownLatch(1);
  private JobStore.@Nullable Subscription subscription;

  /**
   * @param retention of attempts
   * @param executor of threads that may block
   */
  DeliveryDispatcher(
      JobStore jobs,
      WebhookStore store,
      Caller caller,
      Notice notice,
      RetrySchedule schedule,
      Duration retention,
      Clock clock,
      Outage outage,
      Executor executor) {
    this.jobs = jobs;
    this.store = store;
    this.caller = caller;
    this.notice = notice;
    this.schedule = schedule;
    this.retention = retention;
    this.clock = clock;
    this.outage = outage;
    this.executor = executor;
    thread.setDaemon(true);
  }

  void start() {
    subscription = store.subscribe(this::wake);
    thread.start();
  }

  private boolean isStopping() {
    return stopping.getCount() == 0;
  }

  /** Something may be due. For any thread. */
  void wake() {
    if (wanted.availablePermits() == 0) {
      wanted.release();
    }
  }

  /**
   * Claims nothing more, waits for the attempts that are being made, and gives back what is not
   * over by then. Returns when the thread has ended.
   */
  void stop(Duration patience) {
    stopping.countDown();
    wake();
    boolean interrupted = false;
    try {
      thread.join();
      awaitNoneInFlight(patience);
      if (!inFlight.isEmpty()) {
        log.info("{} webhook deliveries are given back, to be made again.", inFlight.size());
      }
    } catch (InterruptedException e) {
      interrupted = true;
    }
    inFlight.forEach(this::giveBack);
    if (subscription != null) {
      subscription.close();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Every end of an attempt wakes whoever waits, who is nobody else by now. */
  private void awaitNoneInFlight(Duration patience) throws InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    boolean woken = true;
    while (woken && !inFlight.isEmpty()) {
      woken = wanted.tryAcquire(end - System.nanoTime(), TimeUnit.NANOSECONDS);
    }
  }

  private void work() {
    // An interrupt means stop; whoever sent one does not want this thread to run.
    while (!isStopping() && !Thread.currentThread().isInterrupted()) {
      try {
        cleanUp();
        boolean more = claimAndStart();
        outage.isOver();
        if (!more) {
          await();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (Throwable t) {
        failed(t);
      }
    }
    if (!isStopping()) {
      log.warn("Interrupted: this node delivers no more webhooks until it is started again.");
    }
  }

  private void await() throws InterruptedException {
    if (wanted.tryAcquire(untilNextLook().toMillis(), TimeUnit.MILLISECONDS)) {
      if (!stopping.await(GATHER.toMillis(), TimeUnit.MILLISECONDS)) {
        wanted.drainPermits();
      }
    }
  }

  /** A little after the next retry, so that it is due for whoever's clock the store goes by. */
  private Duration untilNextLook() {
    Instant now = clock.instant();
    Instant next = retries.ceiling(Instant.MIN);
    if (next == null || next.isAfter(now.plus(LOOK_UNASKED))) {
      return LOOK_UNASKED;
    }
    return next.isAfter(now) ? Duration.between(now, next).plus(GATHER) : GATHER;
  }

  private void failed(Throwable problem) {
    if (!(problem instanceof JobStoreException)) {
      log.error("Delivering webhooks failed; trying again in {}.", LOOK_UNASKED, problem);
    } else {
      outage.goesOn(problem);
    }
    try {
      await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void cleanUp() {
    Instant now = clock.instant();
    if (lastCleanUp.equals(Instant.MIN) || !now.isBefore(lastCleanUp.plus(CLEAN_UP_EVERY))) {
      store.removeAttemptsBefore(now.minus(retention));
      lastCleanUp = now;
    }
  }

  /** Returns whether there may be more to claim at once. */
  private boolean claimAndStart() {
    // Until it is known, since attempts may end while this looks.
    placesMissing = true;
    boolean missing = false;
    boolean more = false;
    retries.headSet(clock.instant(), true).clear();
    var due = new ArrayList<>(store.endpointsDue());
    // Or where places are short, it would always be the same who get them.
    Collections.shuffle(due);
    for (UUID id : due) {
      Optional<Endpoint> endpoint = store.find(id);
      if (endpoint.isEmpty()) {
        more |= discardAll(id);
        continue;
      }
      int free = placesFor(endpoint.get());
      missing |= free <= 0;
      more |= free > 0 && claimAndStart(endpoint.get(), free);
    }
    placesMissing = missing;
    return more;
  }

  private int placesFor(Endpoint endpoint) {
    int own = inFlightByEndpoint.getOrDefault(endpoint.id(), 0);
    return Math.min(
        Math.max(MAX_IN_FLIGHT - inFlight.size(), own == 0 ? 1 : 0),
        endpoint.settings().maxConcurrentDeliveries() - own);
  }

  private boolean claimAndStart(Endpoint endpoint, int free) {
    List<ClaimedDelivery> claimed =
        store.claim(endpoint.id(), free, endpoint.settings().attemptTimeout().plus(LEASE_MARGIN));
    claimed.forEach(each -> start(endpoint, each));
    return claimed.size() == free;
  }

  private boolean discardAll(UUID goneEndpoint) {
    List<ClaimedDelivery> claimed = store.claim(goneEndpoint, MAX_IN_FLIGHT, LEASE_MARGIN);
    claimed.forEach(store::discard);
    return !claimed.isEmpty();
  }

  private void start(Endpoint endpoint, ClaimedDelivery claimed) {
    if (!endpoint.settings().events().contains(claimed.delivery().event())) {
      store.discard(claimed);
      return;
    }
    // Only this thread adds, and it saw that there is room.
    inFlight.add(claimed);
    inFlightByEndpoint.merge(endpoint.id(), 1, Integer::sum);
    if (endpoint.settings().disabled()) {
      recordLater(endpoint, claimed, Answer.refused("The endpoint is disabled."));
      return;
    }
    caller
        .call(
            endpoint,
            claimed.delivery(),
            claimed.attemptNo(),
            () -> body(endpoint, claimed.delivery()))
        .whenComplete(
            (answer, failure) -> {
              if (answer != null) {
                recordLater(endpoint, claimed, answer);
              } else {
                log.warn(
                    "Webhook {} could not be sent; it waits until its lease lapses.",
                    claimed.webhookId(),
                    failure);
                over(claimed);
              }
            });
  }

  private Bytes body(Endpoint endpoint, Delivery delivery) {
    Optional<Job> job =
        clock.instant().isBefore(delivery.resultExpiresAt())
            ? jobs.find(delivery.jobId()).filter(Job::isDone)
            : Optional.empty();
    return notice.write(delivery, job, endpoint.settings());
  }

  /** Not on the client's thread, which must not block. */
  private void recordLater(Endpoint endpoint, ClaimedDelivery claimed, Answer answer) {
    try {
      executor.execute(() -> record(endpoint, claimed, answer));
    } catch (RejectedExecutionException e) {
      // It was given back by now, since this node is stopping.
      over(claimed);
    }
  }

  private void record(Endpoint endpoint, ClaimedDelivery claimed, Answer answer) {
    try {
      Instant now = clock.instant();
      AttemptOutcome outcome =
          RetrySchedule.outcome(endpoint.settings(), claimed.attemptNo(), answer);
      Instant nextAt =
          outcome.isLast()
              ? null
              : now.plus(
                  schedule.delay(endpoint.settings(), claimed.attemptNo(), answer.retryAfter()));
      Attempt attempt = Attempt.of(claimed, outcome, answer.statusCode(), answer.problem(), now);
      boolean recorded = store.record(claimed, attempt, nextAt);
      if (nextAt != null && nextAt.isBefore(now.plus(PUNCTUAL_WITHIN))) {
        retries.add(nextAt);
        wake();
      }
      tell(endpoint, attempt, recorded);
    } catch (Throwable t) {
      log.warn(
          "What came of webhook {} could not be recorded; it is delivered again when its lease has"
              + " lapsed.",
          claimed.webhookId(),
          t);
    } finally {
      over(claimed);
    }
  }

  private static void tell(Endpoint endpoint, Attempt attempt, boolean recorded) {
    if (!recorded) {
      log.info(
          "Webhook {} was taken over by another node, or its endpoint deleted, while it was"
              + " delivered.",
          attempt.webhookId());
    } else if (attempt.outcome() == AttemptOutcome.EXHAUSTED
        || attempt.outcome() == AttemptOutcome.PERMANENT_FAILURE) {
      log.warn(
          "Webhook {} to endpoint \"{}\" ends as {} after attempt {}; it can be redelivered.",
          attempt.webhookId(),
          endpoint.name(),
          attempt.outcome().wireName(),
          attempt.attemptNo());
    } else {
      log.debug(
          "Webhook {}, attempt {}: {}.",
          attempt.webhookId(),
          attempt.attemptNo(),
          attempt.outcome().wireName());
    }
  }

  private void giveBack(ClaimedDelivery claimed) {
    try {
      store.release(claimed);
    } catch (JobStoreException e) {
      log.warn(
          "Webhook {} could not be given back; it waits until its lease lapses.",
          claimed.webhookId(),
          e);
    }
  }

  private void over(ClaimedDelivery claimed) {
    if (inFlight.remove(claimed)) {
      inFlightByEndpoint.computeIfPresent(
          claimed.delivery().endpointId(), (id, count) -> count == 1 ? null : count - 1);
      if (placesMissing || isStopping()) {
        wake();
      }
    }
  }
}

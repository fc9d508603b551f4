package io.bifrostfilter.benchmarks.queues;

import io.bifrostfilter.AsyncJobs;
import io.bifrostfilter.AsyncJobsConfig;
import io.bifrostfilter.WebhookEndpointConfig;
import io.bifrostfilter.benchmarks.server.Dispatchers;
import io.bifrostfilter.benchmarks.server.Payloads;
import io.bifrostfilter.benchmarks.store.Stores;
import io.bifrostfilter.delivery.AttemptOutcome;
import io.bifrostfilter.dispatch.HandlerDispatcher;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.job.RecordedRequest;
import io.bifrostfilter.store.JobListener.Change;
import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.WebhookStore;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Jobs that come in at random, and how long it takes from the handler's answer until anybody can
 * see that a job is done. For one thread.
 */
public final class Completions implements AutoCloseable {

  private static final String RECEIVER = "receiver";
  private static final long HANDLER_MILLIS = 5;
  private static final long PATIENCE_SECONDS = 60;
  private static final long LOOK_AGAIN_NANOS = 5_000_000;
  private static final double NANOS_PER_MICRO = 1000;
  private static final double NANOS_PER_SECOND = 1e9;

  private final ScheduledExecutorService handler = Executors.newSingleThreadScheduledExecutor();
  private final ConcurrentMap<UUID, Long> answers = new ConcurrentHashMap<>();
  private final BlockingQueue<Double> micros = new LinkedBlockingQueue<>();
  private final Random random = new Random(1);
  private final Deferring deferring;
  private final JobStore store;
  private final WebhookStore webhooks;
  private final AsyncJobs jobs;
  private final UUID endpoint;

  /**
   * @param store is closed with this
   * @param receiver of the webhooks, on this machine
   */
  public Completions(JobStore store, URI receiver) {
    this.deferring = new Deferring(store);
    this.store = deferring.store();
    this.webhooks = store.webhooks().orElseThrow();
    store.subscribe((id, change) -> changed(id, change));
    jobs =
        AsyncJobs.builder()
            .store(this.store)
            .dispatcher(new Answering())
            .config(AsyncJobsConfig.builder().webhookEndpoint(to(receiver)).build())
            .startsWithFilter(false)
            .build();
    jobs.start();
    endpoint = webhooks.findByName(RECEIVER).orElseThrow().id();
  }

  private static WebhookEndpointConfig to(URI receiver) {
    return WebhookEndpointConfig.of(
            RECEIVER, receiver.toString(), "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
        .allowingPrivateNetwork();
  }

  /** On a thread of the store's. */
  private void changed(UUID id, Change change) {
    if (change == Change.DONE) {
      long now = System.nanoTime();
      Long answered = answers.remove(id);
      if (answered != null) {
        micros.add((now - answered) / NANOS_PER_MICRO);
      }
    }
  }

  /** Whether somebody is told of jobs, and when. */
  public enum Telling {
    NOBODY,
    /** Once all of them are done. */
    AFTERWARDS,
    MEANWHILE
  }

  /**
   * Submits so many jobs, and waits until all are done, and told.
   *
   * @param perSecond on average; in between is any time, since a steady rhythm would let deliveries
   *     fall together with what comes after them always, or never
   * @return the microseconds that each took from answer to done, in order of size
   */
  public List<Double> run(int count, int perSecond, Telling telling) throws InterruptedException {
    deferring.defer(telling == Telling.AFTERWARDS);
    double secondsBetween = 1.0 / perSecond;
    long due = System.nanoTime();
    for (int i = 0; i < count; i++) {
      due += (long) (-Math.log(1 - random.nextDouble()) * secondsBetween * NANOS_PER_SECOND);
      while (System.nanoTime() < due) {
        LockSupport.parkNanos(due - System.nanoTime());
      }
      Job job = Stores.job(Duration.ofHours(1));
      boolean told = telling != Telling.NOBODY;
      store.add(told ? job.telling(endpoint) : job, Stores.request(), Stores.NO_LIMITS);
    }
    var took = new ArrayList<Double>();
    while (took.size() < count) {
      Double one = micros.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (one == null) {
        throw new IllegalStateException(took.size() + " of " + count + " jobs were done");
      }
      took.add(one);
    }
    deferring.defer(false);
    if (telling != Telling.NOBODY) {
      awaitDelivered(count);
    }
    took.sort(null);
    return took;
  }

  /** Whoever has the next turn is not to pay for what is still to be delivered. */
  private void awaitDelivered(int count) {
    while (webhooks.attemptCount(endpoint) < count) {
      LockSupport.parkNanos(LOOK_AGAIN_NANOS);
    }
    boolean failed =
        webhooks.attempts(endpoint, 0, count).stream()
            .anyMatch(attempt -> attempt.outcome() != AttemptOutcome.DELIVERED);
    if (failed) {
      throw new IllegalStateException("a webhook was not delivered at once");
    }
    webhooks.removeAttemptsBefore(Instant.now().plusSeconds(1));
  }

  @Override
  public void close() {
    jobs.close();
    handler.shutdownNow();
  }

  /** A handler that takes a little while, and notes when it answers. */
  private final class Answering implements HandlerDispatcher {

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public Exchange dispatch(UUID jobId, RecordedRequest request) {
      var outcome = new CompletableFuture<Outcome>();
      handler.schedule(
          () -> {
            Outcome answer = Dispatchers.answered(Payloads.answer());
            answers.put(jobId, System.nanoTime());
            outcome.complete(answer);
          },
          HANDLER_MILLIS,
          TimeUnit.MILLISECONDS);
      return new Exchange() {
        @Override
        public CompletionStage<Outcome> outcome() {
          return outcome;
        }

        @Override
        public void abort() {}
      };
    }

    @Override
    public void close() {}
  }
}

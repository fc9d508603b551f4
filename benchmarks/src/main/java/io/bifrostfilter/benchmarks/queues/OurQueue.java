package io.bifrostfilter.benchmarks.queues;

import io.bifrostfilter.benchmarks.report.Samples;
import io.bifrostfilter.benchmarks.server.Dispatchers;
import io.bifrostfilter.benchmarks.server.Payloads;
import io.bifrostfilter.benchmarks.store.Stores;
import io.bifrostfilter.dispatch.HandlerDispatcher;
import io.bifrostfilter.observation.JobObservers;
import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.Outage;
import io.bifrostfilter.worker.JobWorker;
import io.bifrostfilter.worker.WorkerSettings;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One of our stores, and our worker, whose jobs do nothing on one of eight threads, and have a
 * result of 1 KiB.
 */
public final class OurQueue implements DurableQueue {

  private static final WorkerSettings SETTINGS =
      new WorkerSettings(64, Duration.ofSeconds(30), 3, Duration.ofSeconds(10));

  private static final int THREADS = 8;
  private static final long LOOK_AGAIN_NANOS = 1_000_000;

  private final String name;
  private final JobStore store;
  private final Backdoor backdoor;
  private @Nullable ExecutorService threads;
  private @Nullable ScheduledExecutorService timer;
  private @Nullable JobWorker worker;

  /**
   * @param store closed with the queue
   * @param backdoor of what the store keeps its jobs in, which the queue does not close
   */
  public OurQueue(String name, JobStore store, Backdoor backdoor) {
    this.name = name;
    this.store = store;
    this.backdoor = backdoor;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void submit() {
    store.add(Stores.job(Duration.ofHours(1)), Stores.request(), Stores.NO_LIMITS);
  }

  @Override
  public void startWorkers() {
    startWorkers(running -> Dispatchers.answering(Payloads.answer(), running));
  }

  private void startWorkers(Function<Executor, HandlerDispatcher> handlers) {
    threads = Executors.newFixedThreadPool(THREADS);
    HandlerDispatcher dispatcher = handlers.apply(threads);
    timer = Executors.newSingleThreadScheduledExecutor();
    worker =
        new JobWorker(
            store,
            dispatcher,
            SETTINGS,
            timer,
            Clock.systemUTC(),
            new JobObservers(List.of()),
            new Outage());
    worker.start();
  }

  @Override
  public void stopWorkers() {
    if (worker != null) {
      worker.stop();
    }
    if (timer != null) {
      timer.shutdownNow();
    }
    if (threads != null) {
      threads.shutdownNow();
    }
  }

  @Override
  public boolean hasUnfinished() {
    return backdoor.hasUnfinished();
  }

  /**
   * The times from submits to an idle worker until the runs begin.
   *
   * @return in milliseconds, one for each submit
   */
  public Samples submitToStart(int submits) throws InterruptedException {
    var starts = new LinkedBlockingQueue<Long>();
    var millis = new ArrayList<Double>();
    startWorkers(
        running ->
            Dispatchers.telling(() -> starts.add(System.nanoTime()), Payloads.answer(), running));
    try {
      for (int i = 0; i < submits; i++) {
        while (hasUnfinished()) {
          LockSupport.parkNanos(LOOK_AGAIN_NANOS);
        }
        long before = System.nanoTime();
        submit();
        millis.add((starts.take() - before) / 1e6);
      }
    } finally {
      stopWorkers();
    }
    return new Samples(millis);
  }

  @Override
  public void clear() {
    backdoor.clear();
  }

  @Override
  public void close() {
    store.close();
  }
}

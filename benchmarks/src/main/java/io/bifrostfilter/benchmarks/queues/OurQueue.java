package io.bifrostfilter.benchmarks.queues;

import io.bifrostfilter.benchmarks.report.Samples;
import io.bifrostfilter.benchmarks.server.Dispatchers;
import io.bifrostfilter.benchmarks.server.Payloads;
import io.bifrostfilter.benchmarks.store.Stores;
import io.bifrostfilter.dispatch.HandlerDispatcher;
import io.bifrostfilter.observation.JobObservers;
import io.bifrostfilter.store.JobCounts;
import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.Outage;
import io.bifrostfilter.worker.JobWorker;
import io.bifrostfilter.worker.WorkerSettings;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/** One of our stores, and our worker, whose jobs are done at once with a result of 1 KiB. */
public final class OurQueue implements DurableQueue {

  private static final WorkerSettings SETTINGS =
      new WorkerSettings(64, Duration.ofSeconds(30), 3, Duration.ofSeconds(10));

  private static final long LOOK_AGAIN_NANOS = 1_000_000;

  private final String name;
  private final JobStore store;
  private final Queue<UUID> submitted = new ConcurrentLinkedQueue<>();
  private @Nullable ScheduledExecutorService timer;
  private @Nullable JobWorker worker;

  public OurQueue(String name, JobStore store) {
    this.name = name;
    this.store = store;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void submit() {
    var job = Stores.job(Duration.ofHours(1));
    store.add(job, Stores.request(), Stores.NO_LIMITS);
    submitted.add(job.id());
  }

  @Override
  public void startWorkers() {
    startWorkers(Dispatchers.answering(Payloads.answer()));
  }

  private void startWorkers(HandlerDispatcher dispatcher) {
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
  }

  @Override
  public long unfinished() {
    JobCounts counts = store.counts();
    return counts.waiting() + counts.running();
  }

  /**
   * The times from submits to an idle worker until the runs begin.
   *
   * @return in milliseconds, one for each submit
   */
  public Samples submitToStart(int submits) throws InterruptedException {
    var starts = new LinkedBlockingQueue<Long>();
    var millis = new ArrayList<Double>();
    startWorkers(Dispatchers.telling(() -> starts.add(System.nanoTime()), Payloads.answer()));
    try {
      for (int i = 0; i < submits; i++) {
        while (unfinished() > 0) {
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
    for (UUID id = submitted.poll(); id != null; id = submitted.poll()) {
      store.delete(id);
    }
  }

  @Override
  public void close() {
    store.close();
  }
}

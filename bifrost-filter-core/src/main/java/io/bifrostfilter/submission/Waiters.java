package io.bifrostfilter.submission;

import io.bifrostfilter.job.Job;
import io.bifrostfilter.store.JobListener;
import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.JobStoreException;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whoever waits for a job to be done. A wait is an object, not a thread. For many threads;
 * continuations run on whichever thread finishes the job, and must not block it.
 */
final class Waiters implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Waiters.class);

  private final ConcurrentMap<UUID, Set<CompletableFuture<Void>>> waiting =
      new ConcurrentHashMap<>();
  private final JobStore store;
  private final ScheduledExecutorService timer;
  private final JobStore.Subscription subscription;
  private volatile boolean closed;

  Waiters(JobStore store, ScheduledExecutorService timer) {
    this.store = store;
    this.timer = timer;
    this.subscription = store.subscribe(new WakesThem());
  }

  /** Completes when the job is done or gone, or the time is over. */
  CompletableFuture<Void> untilChanged(UUID id, Duration limit) {
    var wait = new CompletableFuture<Void>();
    add(id, wait);
    Future<?> timeout = completeAfter(limit, wait);
    wait.whenComplete(
        (nothing, cancelled) -> {
          remove(id, wait);
          if (timeout != null) {
            timeout.cancel(false);
          }
        });
    // It may have been done just before we began to listen.
    if (closed || isOver(id)) {
      wait.complete(null);
    }
    return wait;
  }

  @Override
  public void close() {
    closed = true;
    subscription.close();
    waiting.keySet().forEach(this::wake);
  }

  private final class WakesThem implements JobListener {

    @Override
    public void changed(UUID id, Change change) {
      if (change != Change.PENDING) {
        wake(id);
      }
    }

    @Override
    public void missed() {
      try {
        timer.execute(Waiters.this::lookAtAll);
      } catch (RejectedExecutionException e) {
        log.debug("The timer has stopped; nobody waits any more.", e);
      }
    }
  }

  private void lookAtAll() {
    try {
      waiting.keySet().stream().filter(this::isOver).forEach(this::wake);
    } catch (JobStoreException e) {
      log.debug("The store is away again, and says so once it is back.", e);
    }
  }

  private boolean isOver(UUID id) {
    return store.find(id).map(Job::isDone).orElse(true);
  }

  private void wake(UUID id) {
    Set<CompletableFuture<Void>> all = waiting.remove(id);
    if (all != null) {
      all.forEach(wait -> wait.complete(null));
    }
  }

  private void add(UUID id, CompletableFuture<Void> wait) {
    waiting.compute(
        id,
        (key, others) -> {
          Set<CompletableFuture<Void>> all =
              others == null ? ConcurrentHashMap.newKeySet() : others;
          all.add(wait);
          return all;
        });
  }

  private void remove(UUID id, CompletableFuture<Void> wait) {
    waiting.computeIfPresent(
        id,
        (key, all) -> {
          all.remove(wait);
          return all.isEmpty() ? null : all;
        });
  }

  private @Nullable Future<?> completeAfter(Duration limit, CompletableFuture<Void> wait) {
    try {
      return timer.schedule(() -> wait.complete(null), limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      // The timer has stopped, and so does everything.
      wait.complete(null);
      return null;
    }
  }
}

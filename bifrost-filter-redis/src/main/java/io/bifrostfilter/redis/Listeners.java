package io.bifrostfilter.redis;

import io.bifrostfilter.store.JobListener;
import io.bifrostfilter.store.JobListener.Change;
import io.bifrostfilter.store.JobStore.Subscription;
import io.bifrostfilter.threads.OwnThreads;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes on what is published about jobs, on a thread of its own: listeners ask the store, and the
 * client library's threads must not wait for themselves. For many threads.
 */
final class Listeners implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Listeners.class);
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final List<JobListener> all = new CopyOnWriteArrayList<>();
  private final OwnThreads threads = OwnThreads.one("bifrost-async-store-redis-news");
  private final ExecutorService thread = Executors.newSingleThreadExecutor(threads);

  Subscription add(JobListener listener) {
    // An object of its own, since the same listener may have subscribed before.
    JobListener subscribed = (id, change) -> listener.changed(id, change);
    all.add(subscribed);
    return () -> all.remove(subscribed);
  }

  /** Does not block. What is no news of ours is ignored. */
  void heard(String message) {
    try {
      int space = message.indexOf(' ');
      Change change = Change.valueOf(message.substring(0, space).toUpperCase(Locale.ROOT));
      UUID id = UUID.fromString(message.substring(space + 1));
      thread.execute(() -> tell(id, change));
    } catch (RejectedExecutionException e) {
      log.trace("Closed; nobody listens any more.", e);
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      log.debug("Something else was published on the store's channel.", e);
    }
  }

  private void tell(UUID id, Change change) {
    for (JobListener listener : all) {
      try {
        listener.changed(id, change);
      } catch (RuntimeException e) {
        if (thread.isShutdown()) {
          return;
        }
        log.warn("A listener failed at job {}; the others are told all the same.", id, e);
      }
    }
  }

  @Override
  public void close() {
    all.clear();
    thread.shutdownNow();
    threads.await(PATIENCE);
  }
}

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
import java.util.function.Consumer;
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
    JobListener subscribed = new Subscribed(listener);
    all.add(subscribed);
    return () -> all.remove(subscribed);
  }

  private static final class Subscribed implements JobListener {

    private final JobListener listener;

    Subscribed(JobListener listener) {
      this.listener = listener;
    }

    @Override
    public void changed(UUID id, Change change) {
      listener.changed(id, change);
    }

    @Override
    public void missed() {
      listener.missed();
    }
  }

  /** Does not block. What is no news of ours is ignored. */
  void heard(String message) {
    try {
      int space = message.indexOf(' ');
      Change change = Change.valueOf(message.substring(0, space).toUpperCase(Locale.ROOT));
      UUID id = UUID.fromString(message.substring(space + 1));
      tell(message, listener -> listener.changed(id, change));
    } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
      log.debug("Something else was published on the store's channel.", e);
    }
  }

  /** Does not block. Something may have been published that was not heard. */
  void missed() {
    tell("news that were missed", JobListener::missed);
  }

  private void tell(String what, Consumer<JobListener> news) {
    try {
      thread.execute(() -> all.forEach(listener -> tell(listener, what, news)));
    } catch (RejectedExecutionException e) {
      log.trace("Closed; nobody listens any more.", e);
    }
  }

  private void tell(JobListener listener, String what, Consumer<JobListener> news) {
    try {
      news.accept(listener);
    } catch (RuntimeException e) {
      if (!thread.isShutdown()) {
        log.warn("A listener failed at \"{}\"; the others are told all the same.", what, e);
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

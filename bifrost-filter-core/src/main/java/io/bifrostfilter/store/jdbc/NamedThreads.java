package io.bifrostfilter.store.jdbc;

import io.bifrostfilter.threads.OwnThreads;
import java.time.Duration;
import java.util.concurrent.ExecutorService;

/** The names of the store's threads: {@code bifrost-async-store-call-1} and so on. */
final class NamedThreads {

  private static final String PREFIX = "bifrost-async-store-";

  private NamedThreads() {}

  static OwnThreads one(String role) {
    return OwnThreads.one(PREFIX + role);
  }

  static OwnThreads numbered(String role) {
    return OwnThreads.numbered(PREFIX + role);
  }

  static Thread named(String role, Runnable task) {
    var thread = new Thread(task, PREFIX + role);
    thread.setDaemon(true);
    return thread;
  }

  /** Waits until the executor's threads have ended; then, if some have not, interrupts them. */
  static void end(ExecutorService executor, OwnThreads threads, Duration limit) {
    executor.shutdown();
    if (!threads.await(limit)) {
      executor.shutdownNow();
    }
  }

  /** Waits for a thread that was told to end. */
  static void await(Thread thread, Duration limit) {
    try {
      thread.join(limit.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

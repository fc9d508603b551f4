package io.bifrostfilter.store.jdbc;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Makes the store's threads: {@code bifrost-async-store-call-1} and so on, none of which counts.
 */
final class NamedThreads implements ThreadFactory {

  private static final String PREFIX = "bifrost-async-store-";

  private final String role;
  private final AtomicInteger made = new AtomicInteger();

  NamedThreads(String role) {
    this.role = role;
  }

  @Override
  public Thread newThread(Runnable task) {
    return named(role + "-" + made.incrementAndGet(), task);
  }

  static Thread named(String role, Runnable task) {
    var thread = new Thread(task, PREFIX + role);
    thread.setDaemon(true);
    return thread;
  }

  /** Waits for what was shut down; then, or when interrupted, interrupts what is left. */
  static void await(ExecutorService threads, Duration limit) {
    try {
      if (threads.awaitTermination(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    threads.shutdownNow();
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

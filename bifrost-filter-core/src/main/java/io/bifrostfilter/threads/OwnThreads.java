package io.bifrostfilter.threads;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Makes an executor's threads, none of which keeps the process alive, and waits for them to end.
 *
 * <p>An executor says that it has terminated a moment before its threads have ended, and a
 * container that looks for threads left behind sees them. For many threads.
 */
public final class OwnThreads implements ThreadFactory {

  private final String name;
  private final boolean numbered;
  private final AtomicInteger number = new AtomicInteger();
  private final Set<Thread> made = ConcurrentHashMap.newKeySet();

  private OwnThreads(String name, boolean numbered) {
    this.name = name;
    this.numbered = numbered;
  }

  /** For an executor of one thread, which is called that, as is the one that takes its place. */
  public static OwnThreads one(String name) {
    return new OwnThreads(name, false);
  }

  /** For an executor of several, which are called that with a number: {@code name-1} and so on. */
  public static OwnThreads numbered(String name) {
    return new OwnThreads(name, true);
  }

  @Override
  public Thread newThread(Runnable task) {
    made.removeIf(thread -> thread.getState() == Thread.State.TERMINATED);
    var thread = new Thread(task, numbered ? name + "-" + number.incrementAndGet() : name);
    thread.setDaemon(true);
    made.add(thread);
    return thread;
  }

  /**
   * Waits for the threads of an executor that was shut down.
   *
   * @return whether all have ended; if not, the limit was reached, or the caller was interrupted
   *     and is so still
   */
  public boolean await(Duration limit) {
    long start = System.nanoTime();
    try {
      for (Thread thread : made) {
        Duration left = limit.minusNanos(System.nanoTime() - start);
        // Zero would be for ever.
        thread.join(Math.max(1, left.toMillis()));
        if (thread.isAlive()) {
          return false;
        }
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}

package io.bifrostfilter.worker;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Lets one thread sleep until there may be something to do. Waking a thread that is awake, or that
 * was woken already, costs next to nothing, which matters because every submit does it.
 */
final class WakeUp {

  private final AtomicBoolean wanted = new AtomicBoolean();
  private volatile @Nullable Thread sleeper;

  /** Ends the sleep that is going on, or else the next one before it begins. For any thread. */
  void call() {
    if (!wanted.get() && wanted.compareAndSet(false, true)) {
      LockSupport.unpark(sleeper);
    }
  }

  /**
   * Returns when called, interrupted, or after that time; sometimes for no reason. For one thread
   * alone.
   */
  void await(Duration atMost) {
    sleeper = Thread.currentThread();
    if (!wanted.get()) {
      LockSupport.parkNanos(this, atMost.toNanos());
    }
    wanted.set(false);
  }
}

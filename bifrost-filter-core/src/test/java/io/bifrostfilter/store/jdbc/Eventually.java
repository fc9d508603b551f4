package io.bifrostfilter.store.jdbc;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/** Asks again and again, for what happens by itself. */
final class Eventually {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration AGAIN_AFTER = Duration.ofMillis(20);

  private Eventually() {}

  /** Returns as soon as the check passes; fails as it does after a minute. */
  static void succeeds(Runnable check) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        check.run();
        return;
      } catch (AssertionError | RuntimeException e) {
        if (System.nanoTime() > end) {
          throw e;
        }
        LockSupport.parkNanos(AGAIN_AFTER.toNanos());
      }
    }
  }
}

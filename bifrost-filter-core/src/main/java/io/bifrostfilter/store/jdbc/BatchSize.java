package io.bifrostfilter.store.jdbc;

import java.time.Duration;

/**
 * How many rows to remove at once: so many that it takes a moment, and no longer. A result may be
 * of a few bytes or of many millions; a batch that took longer than a caller waits would be undone,
 * and tried again for ever. For many threads.
 */
final class BatchSize {

  private static final Duration SHORT = Duration.ofMillis(100);
  private static final Duration LONG = Duration.ofMillis(500);

  /** So much smaller is the next after one that failed, which may have been for its size. */
  private static final int CUT = 8;

  private final int most;
  private int size;

  /**
   * @param most rows, which it begins with
   */
  BatchSize(int most) {
    this.most = most;
    this.size = most;
  }

  synchronized int get() {
    return size;
  }

  /** A batch of this size took so long. */
  synchronized void took(Duration time) {
    if (time.compareTo(LONG) > 0) {
      size = Math.max(1, size / 2);
    } else if (time.compareTo(SHORT) < 0) {
      size = Math.min(most, size * 2);
    }
  }

  /** A batch of this size was not removed. */
  synchronized void failed() {
    size = Math.max(1, size / CUT);
  }
}

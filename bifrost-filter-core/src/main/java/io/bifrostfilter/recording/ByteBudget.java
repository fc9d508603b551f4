package io.bifrostfilter.recording;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How many bytes may be on their way at once. Whoever records takes its share before it allocates,
 * so that many large messages together cannot exhaust the heap. For many threads; nobody waits.
 */
public final class ByteBudget {

  private final long limit;
  private final AtomicLong taken = new AtomicLong();

  /**
   * @param limit in bytes, at least 1
   */
  public ByteBudget(long limit) {
    this.limit = limit;
  }

  /**
   * Takes a share.
   *
   * @return false, with nothing taken, if there is not that much left
   */
  boolean take(long bytes) {
    if (taken.addAndGet(bytes) <= limit) {
      return true;
    }
    taken.addAndGet(-bytes);
    return false;
  }

  void giveBack(long bytes) {
    taken.addAndGet(-bytes);
  }

  /** The bytes that are taken now. */
  public long taken() {
    return taken.get();
  }
}

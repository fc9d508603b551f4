package io.bifrostfilter.redis;

import io.bifrostfilter.store.JobListener;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Remembers what it was told. */
final class Heard implements JobListener {

  private record News(UUID id, Change change) {}

  private static final long SOON_MILLIS = 500;

  private final BlockingQueue<News> all = new LinkedBlockingQueue<>();

  @Override
  public void changed(UUID id, Change change) {
    all.add(new News(id, change));
  }

  /** Whether it hears of that soon. */
  boolean hasHeardOf(UUID id, Change change) {
    try {
      var wanted = new News(id, change);
      News next;
      do {
        next = all.poll(SOON_MILLIS, TimeUnit.MILLISECONDS);
      } while (next != null && !wanted.equals(next));
      return next != null;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  void awaits(UUID id, Change change) throws InterruptedException {
    var wanted = new News(id, change);
    News next;
    do {
      next = all.poll(TestStores.PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (next == null) {
        throw new AssertionError("never heard of " + wanted);
      }
    } while (!wanted.equals(next));
  }
}

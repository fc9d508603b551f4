package io.bifrostfilter.dispatch;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Names markers, so that each is worth something once. For many threads.
 *
 * <p>One of our own is remembered until it comes back, which is soon, and so takes no memory after
 * that; one of another process, from when it came. Both are forgotten in the end.
 */
final class MarkerUses {

  private final String issuer = UUID.randomUUID() + "-";
  private final AtomicLong issued = new AtomicLong();
  private final Cache<String, Boolean> awaited;
  private final Cache<String, Boolean> ofOthers;

  /**
   * @param validity of a marker; it is remembered for longer, whatever the injected clock does
   */
  MarkerUses(Duration validity) {
    Caffeine<Object, Object> cache =
        Caffeine.newBuilder().expireAfterWrite(validity.multipliedBy(2)).executor(Runnable::run);
    this.awaited = cache.build();
    this.ofOthers = cache.build();
  }

  /** A name that no process has given to a marker. */
  String next() {
    String name = issuer + issued.incrementAndGet();
    awaited.put(name, true);
    return name;
  }

  /** Returns true the first time. */
  boolean useUp(String name) {
    return name.startsWith(issuer)
        ? awaited.asMap().remove(name) != null
        : ofOthers.asMap().putIfAbsent(name, true) == null;
  }

  /** Whether it is one of our own that has not come back, and has not been forgotten. */
  boolean isAwaited(String name) {
    return awaited.asMap().containsKey(name);
  }
}

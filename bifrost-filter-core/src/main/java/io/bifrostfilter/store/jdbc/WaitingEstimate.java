package io.bifrostfilter.store.jdbc;

import io.bifrostfilter.store.Admission;
import io.bifrostfilter.store.Limits;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How many jobs wait at most, of each owner and in all, without counting them for every submit:
 * those that were counted last, and all that were added here since. They are counted again when
 * that comes up to a limit, or is old.
 *
 * <p>So a node that is alone keeps the limits exactly. What other nodes add is noticed when this
 * one counts again, at the latest with the first submit after a second; by so much a cluster may
 * exceed them. For the one thread that adds; {@link #invalidate} for any.
 */
final class WaitingEstimate {

  private static final Duration MAX_AGE = Duration.ofSeconds(1);

  /** Counting takes no more than this part of the time, however many wait. */
  private static final int AGE_PER_EFFORT = 20;

  private final Supplier<Map<@Nullable String, Long>> count;
  private final Map<@Nullable String, Long> byOwner = new HashMap<>();
  private final Map<@Nullable String, Long> underWay = new HashMap<>();
  private long all;
  private long countedAt;
  private long effort;
  private volatile boolean valid;

  /**
   * @param count counts the jobs that wait, of each owner
   */
  WaitingEstimate(Supplier<Map<@Nullable String, Long>> count) {
    this.count = count;
  }

  /** Something waits that was not admitted here. */
  void invalidate() {
    valid = false;
  }

  /** What was admitted so far is written by now, or never will be. */
  void allIsWritten() {
    underWay.clear();
  }

  /** Admits a job, or says what there is too much of. */
  Optional<Admission.Reason> admit(@Nullable String owner, Limits limits) {
    boolean exact = false;
    if (!valid || isOld()) {
      countAgain();
      exact = true;
    }
    Optional<Admission.Reason> full = full(owner, limits);
    if (full.isPresent() && !exact) {
      countAgain();
      full = full(owner, limits);
    }
    if (full.isEmpty()) {
      all++;
      byOwner.merge(owner, 1L, Long::sum);
      underWay.merge(owner, 1L, Long::sum);
    }
    return full;
  }

  private Optional<Admission.Reason> full(@Nullable String owner, Limits limits) {
    if (byOwner.getOrDefault(owner, 0L) >= limits.waitingPerCaller()) {
      return Optional.of(Admission.Reason.CALLER_QUEUE_FULL);
    }
    return all >= limits.waiting() ? Optional.of(Admission.Reason.QUEUE_FULL) : Optional.empty();
  }

  private boolean isOld() {
    long age = System.nanoTime() - countedAt;
    return age > MAX_AGE.toNanos() && age > effort * AGE_PER_EFFORT;
  }

  private void countAgain() {
    valid = true;
    long start = System.nanoTime();
    Map<@Nullable String, Long> counts = count.get();
    countedAt = System.nanoTime();
    effort = countedAt - start;
    byOwner.clear();
    byOwner.putAll(counts);
    underWay.forEach((owner, count) -> byOwner.merge(owner, count, Long::sum));
    all = byOwner.values().stream().mapToLong(Long::longValue).sum();
  }
}

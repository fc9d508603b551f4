package io.bifrostfilter.store.memory;

import io.bifrostfilter.store.Admission;
import io.bifrostfilter.store.Limits;
import java.util.Optional;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The order in which pending jobs are claimed, and how many there are, of each caller and in all.
 * For many threads.
 *
 * <p>A job that ceases to wait is not looked up in the queue, which would cost as much as the queue
 * is long; its id stays behind, is skipped when it comes up, and is swept once such ids are the
 * majority.
 */
final class WaitingJobs {

  private static final int SWEEP_AT_LEAST = 1000;
  private static final String ANONYMOUS = "";

  private final Queue<UUID> order = new ConcurrentLinkedQueue<>();

  /** Jobs that were claimed once, and are older than any that never was. */
  private final Queue<UUID> returned = new ConcurrentLinkedQueue<>();

  private final AtomicInteger count = new AtomicInteger();
  private final AtomicInteger stale = new AtomicInteger();
  private final ConcurrentMap<String, Integer> countByCaller = new ConcurrentHashMap<>();

  /** Makes room for one more job, or says why there is none. */
  Optional<Admission.Reason> reserve(@Nullable String owner, Limits limits) {
    if (add(owner) > limits.waitingPerCaller()) {
      subtract(owner);
      return Optional.of(Admission.Reason.CALLER_QUEUE_FULL);
    }
    if (count.incrementAndGet() > limits.waiting()) {
      release(owner);
      return Optional.of(Admission.Reason.QUEUE_FULL);
    }
    return Optional.empty();
  }

  /**
   * Undoes {@link #reserve}: the job will not be put in line, or was taken out of it by {@link
   * #poll}.
   */
  void release(@Nullable String owner) {
    count.decrementAndGet();
    subtract(owner);
  }

  /** Puts a job in line that room was made for. */
  void enqueue(UUID id) {
    order.add(id);
  }

  /** Puts a job back in line, whatever the limits: it was accepted long ago. */
  void enqueueAgain(UUID id, @Nullable String owner) {
    add(owner);
    count.incrementAndGet();
    returned.add(id);
  }

  /** The next in line, which may have ceased to wait; null if there is none. */
  @Nullable UUID poll() {
    UUID first = returned.poll();
    return first != null ? first : order.poll();
  }

  /** A job that was never polled has ceased to wait. */
  void leave(@Nullable String owner, Predicate<UUID> isWaiting) {
    release(owner);
    int left = stale.incrementAndGet();
    if (left > SWEEP_AT_LEAST && left > count.get() && stale.compareAndSet(left, 0)) {
      order.removeIf(isWaiting.negate());
      returned.removeIf(isWaiting.negate());
    }
  }

  int count() {
    return count.get();
  }

  private int add(@Nullable String owner) {
    return change(owner, 1);
  }

  private void subtract(@Nullable String owner) {
    change(owner, -1);
  }

  /**
   * A job that is given back waits before it is counted, and may cease to wait before that; so a
   * count is below zero now and then, and must be allowed to be.
   */
  private int change(@Nullable String owner, int by) {
    Integer now =
        countByCaller.merge(
            owner == null ? ANONYMOUS : owner,
            by,
            (before, change) -> before + change == 0 ? null : before + change);
    return now == null ? 0 : now;
  }
}

package io.bifrostfilter.store.memory;

import io.bifrostfilter.delivery.Attempt;
import io.bifrostfilter.delivery.ClaimedDelivery;
import io.bifrostfilter.store.WebhookStore.Redelivery;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What is to be delivered to one endpoint, and what was. Guarded by its store's lock. */
final class Mailbox {

  static final int MAX_ATTEMPTS = 10_000;

  /** All deliveries, by their webhook ids; those that are over as long as their history is kept. */
  private final Map<String, QueuedDelivery> deliveries = new HashMap<>();

  /** Those that are not over. */
  private final TreeSet<QueuedDelivery> queue = new TreeSet<>(QueuedDelivery.LONGEST_DUE_FIRST);

  /** The newest first. */
  private final Deque<Attempt> attempts = new ArrayDeque<>();

  boolean isEmpty() {
    return deliveries.isEmpty();
  }

  boolean isDueAt(Instant now) {
    return !queue.isEmpty() && !queue.first().dueAt().isAfter(now);
  }

  boolean isHeldBy(ClaimedDelivery claimed) {
    QueuedDelivery queued = deliveries.get(claimed.webhookId());
    return queued != null && queued.isHeldBy(claimed);
  }

  Collection<Attempt> attempts() {
    return attempts;
  }

  /** Adds a delivery, or puts it in the place of its former state. */
  void put(QueuedDelivery next) {
    QueuedDelivery before = deliveries.put(next.delivery().webhookId(), next);
    if (before != null) {
      queue.remove(before);
    }
    if (!next.over()) {
      queue.add(next);
    }
  }

  ClaimedDelivery claimFirst(long token, Instant until) {
    QueuedDelivery first = queue.first();
    put(first.claimed(token, until));
    return new ClaimedDelivery(first.delivery(), first.attemptNo(), token);
  }

  /** Returns the attempts that had to make room. */
  List<Attempt> record(ClaimedDelivery claimed, Attempt attempt, @Nullable Instant nextAt) {
    QueuedDelivery attempted = stateOf(claimed);
    put(nextAt == null ? attempted.ended() : attempted.retriedAt(nextAt));
    attempts.addFirst(attempt);
    return removeOldest(oldest -> attempts.size() > MAX_ATTEMPTS);
  }

  void release(ClaimedDelivery claimed, Instant now) {
    put(stateOf(claimed).released(now));
  }

  void discard(ClaimedDelivery claimed) {
    queue.remove(Objects.requireNonNull(deliveries.remove(claimed.webhookId())));
  }

  Redelivery queueAgain(String webhookId, Instant now) {
    QueuedDelivery queued = deliveries.get(webhookId);
    if (queued == null) {
      // It was discarded when it was queued again before, and has left its history.
      return Redelivery.UNKNOWN;
    }
    if (!queued.over()) {
      return Redelivery.IN_FLIGHT;
    }
    put(queued.again(now));
    return Redelivery.QUEUED;
  }

  List<Attempt> removeAttemptsBefore(Instant instant) {
    return removeOldest(oldest -> oldest.createdAt().isBefore(instant));
  }

  private List<Attempt> removeOldest(Predicate<Attempt> condition) {
    var removed = new ArrayList<Attempt>();
    while (!attempts.isEmpty() && condition.test(attempts.getLast())) {
      Attempt oldest = attempts.removeLast();
      removed.add(oldest);
      QueuedDelivery of = deliveries.get(oldest.webhookId());
      if (of != null) {
        forgetOneAttempt(of);
      }
    }
    return removed;
  }

  private void forgetOneAttempt(QueuedDelivery queued) {
    if (queued.over() && queued.attemptsKept() <= 1) {
      deliveries.remove(queued.delivery().webhookId());
    } else {
      put(queued.withOneAttemptLess());
    }
  }

  private QueuedDelivery stateOf(ClaimedDelivery claimed) {
    return Objects.requireNonNull(deliveries.get(claimed.webhookId()));
  }
}

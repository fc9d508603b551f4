package io.bifrostfilter.store.memory;

import io.bifrostfilter.delivery.ClaimedDelivery;
import io.bifrostfilter.delivery.Delivery;
import java.time.Instant;
import java.util.Comparator;

/**
 * A delivery and how far it is. Immutable.
 *
 * @param sequence tells deliveries apart that are due at the same instant
 * @param dueAt when it may be claimed: its time has come by then, or its lease has lapsed
 * @param attemptNo of the attempt that comes next, or is being made
 * @param token of whoever holds it; 0 if nobody does
 * @param over whether nothing more is to be done, unless it is queued again
 * @param attemptsKept how many of its attempts are still in the history
 */
record QueuedDelivery(
    Delivery delivery,
    long sequence,
    Instant dueAt,
    int attemptNo,
    long token,
    boolean over,
    int attemptsKept) {

  static final Comparator<QueuedDelivery> LONGEST_DUE_FIRST =
      Comparator.comparing(QueuedDelivery::dueAt).thenComparing(QueuedDelivery::sequence);

  private static final long NOBODY = 0;

  QueuedDelivery(Delivery delivery, long sequence, Instant dueAt) {
    this(delivery, sequence, dueAt, 1, NOBODY, false, 0);
  }

  boolean isHeldBy(ClaimedDelivery claimed) {
    return token != NOBODY && token == claimed.token();
  }

  QueuedDelivery claimed(long by, Instant until) {
    return new QueuedDelivery(delivery, sequence, until, attemptNo, by, over, attemptsKept);
  }

  QueuedDelivery released(Instant now) {
    return new QueuedDelivery(delivery, sequence, now, attemptNo, NOBODY, over, attemptsKept);
  }

  QueuedDelivery retriedAt(Instant next) {
    return new QueuedDelivery(
        delivery, sequence, next, attemptNo + 1, NOBODY, over, attemptsKept + 1);
  }

  QueuedDelivery ended() {
    return new QueuedDelivery(
        delivery, sequence, Instant.MAX, attemptNo, NOBODY, true, attemptsKept + 1);
  }

  QueuedDelivery again(Instant now) {
    return new QueuedDelivery(delivery, sequence, now, 1, NOBODY, false, attemptsKept);
  }

  QueuedDelivery withOneAttemptLess() {
    return new QueuedDelivery(delivery, sequence, dueAt, attemptNo, token, over, attemptsKept - 1);
  }
}

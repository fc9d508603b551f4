package io.bifrostfilter.delivery;

/**
 * A delivery that may be attempted, until the lease lapses.
 *
 * @param attemptNo of the attempt that is to be made, from 1
 * @param token differs for every claim, so that an attempt that was thought lost cannot be recorded
 *     any more
 */
public record ClaimedDelivery(Delivery delivery, int attemptNo, long token) {

  public String webhookId() {
    return delivery.webhookId();
  }
}

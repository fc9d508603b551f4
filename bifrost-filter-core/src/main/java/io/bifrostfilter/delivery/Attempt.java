package io.bifrostfilter.delivery;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to tell an endpoint of a job, after it was made.
 *
 * @param attemptNo from 1; from 1 again after a redelivery
 * @param statusCode that the receiver answered; null if it did not
 * @param error what went wrong, for an administrator to read; null if nothing did. Nothing that the
 *     receiver has sent is in it
 * @param createdAt when the attempt was over
 */
public record Attempt(
    UUID id,
    String webhookId,
    UUID endpointId,
    UUID jobId,
    String requestId,
    Event event,
    int attemptNo,
    AttemptOutcome outcome,
    @Nullable Integer statusCode,
    @Nullable String error,
    Instant createdAt) {

  /** The attempt that was made of this claim. */
  public static Attempt of(
      ClaimedDelivery claimed,
      AttemptOutcome outcome,
      @Nullable Integer statusCode,
      @Nullable String error,
      Instant now) {
    Delivery delivery = claimed.delivery();
    return new Attempt(
        UUID.randomUUID(),
        delivery.webhookId(),
        delivery.endpointId(),
        delivery.jobId(),
        delivery.requestId(),
        delivery.event(),
        claimed.attemptNo(),
        outcome,
        statusCode,
        error,
        now.truncatedTo(ChronoUnit.MILLIS));
  }
}

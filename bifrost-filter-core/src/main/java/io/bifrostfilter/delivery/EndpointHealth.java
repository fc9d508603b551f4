package io.bifrostfilter.delivery;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.jspecify.annotations.Nullable;

/**
 * How deliveries to an endpoint have ended. An attempt that is followed by another says nothing.
 *
 * @param consecutiveFailures deliveries that failed for good since the last that succeeded
 */
public record EndpointHealth(
    long consecutiveFailures, @Nullable Instant lastSuccessAt, @Nullable Instant lastFailureAt) {

  /** Of an endpoint that nothing was delivered to yet. */
  public static final EndpointHealth NEW = new EndpointHealth(0, null, null);

  public EndpointHealth after(AttemptOutcome outcome, Instant when) {
    Instant now = when.truncatedTo(ChronoUnit.MILLIS);
    return switch (outcome) {
      case DELIVERED -> new EndpointHealth(0, now, lastFailureAt);
      case PERMANENT_FAILURE, EXHAUSTED ->
          new EndpointHealth(consecutiveFailures + 1, lastSuccessAt, now);
      case RETRYABLE_FAILURE -> this;
    };
  }
}

package io.bifrostfilter.webhook;

import io.bifrostfilter.delivery.AttemptOutcome;
import io.bifrostfilter.delivery.EndpointSettings;
import java.time.Duration;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/** When a delivery that failed is tried again (contract, section 7). For many threads. */
final class RetrySchedule {

  /** Whoever asks for more has a fault, or ours would be a store of theirs. */
  private static final Duration MAX_RETRY_AFTER = Duration.ofDays(1);

  private static final double JITTER = 0.2;

  private final DoubleSupplier random;

  /**
   * @param random from 0 to 1
   */
  RetrySchedule(DoubleSupplier random) {
    this.random = random;
  }

  /**
   * @param attemptNo of the attempt that was answered like that, from 1
   */
  static AttemptOutcome outcome(EndpointSettings endpoint, int attemptNo, Answer answer) {
    if (answer.isSuccess()) {
      return AttemptOutcome.DELIVERED;
    }
    if (!answer.isTemporary()) {
      return AttemptOutcome.PERMANENT_FAILURE;
    }
    return attemptNo > endpoint.maxRetries()
        ? AttemptOutcome.EXHAUSTED
        : AttemptOutcome.RETRYABLE_FAILURE;
  }

  /**
   * How long to wait: twice as long after each attempt, up to the endpoint's maximum, a fifth more
   * or less so that deliveries which failed together do not come back together, and no less than
   * the receiver asks for.
   */
  Duration delay(EndpointSettings endpoint, int attemptNo, @Nullable Duration retryAfter) {
    double initial = (double) endpoint.retryBackoffInitial().toMillis();
    double doubled = initial * Math.pow(2, attemptNo - 1);
    double capped = Math.min(doubled, (double) endpoint.retryBackoffMax().toMillis());
    double jittered = capped * (1 - JITTER + 2 * JITTER * random.getAsDouble());
    Duration delay = Duration.ofMillis(Math.round(jittered));
    if (retryAfter == null) {
      return delay;
    }
    Duration asked = retryAfter.compareTo(MAX_RETRY_AFTER) > 0 ? MAX_RETRY_AFTER : retryAfter;
    return asked.compareTo(delay) > 0 ? asked : delay;
  }
}

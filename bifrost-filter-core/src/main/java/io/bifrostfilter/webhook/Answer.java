package io.bifrostfilter.webhook;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What came of calling a receiver.
 *
 * @param statusCode null if it did not answer
 * @param retryAfter how long it asks to be left alone; null if it does not
 * @param error why there is no answer, for an administrator; null if there is one
 * @param refused whether it was not called at all, and will not be
 */
record Answer(
    @Nullable Integer statusCode,
    @Nullable Duration retryAfter,
    @Nullable String error,
    boolean refused) {

  static Answer of(int statusCode, @Nullable Duration retryAfter) {
    return new Answer(statusCode, retryAfter, null, false);
  }

  static Answer none(String why) {
    return new Answer(null, null, why, false);
  }

  static Answer refused(String why) {
    return new Answer(null, null, why, true);
  }

  boolean isSuccess() {
    return statusCode != null && statusCode / 100 == 2;
  }

  /** Whether another attempt may well succeed (contract, section 7). */
  boolean isTemporary() {
    if (statusCode == null) {
      return !refused;
    }
    return statusCode == 408 || statusCode == 429 || statusCode / 100 == 5;
  }

  /** What went wrong, for an administrator; null if nothing did. */
  @Nullable String problem() {
    if (error != null || isSuccess()) {
      return error;
    }
    return statusCode != null && statusCode / 100 == 3
        ? "The receiver answered " + statusCode + "; redirects are not followed."
        : "The receiver answered " + statusCode + ".";
  }
}

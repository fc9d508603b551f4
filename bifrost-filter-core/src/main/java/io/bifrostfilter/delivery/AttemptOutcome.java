package io.bifrostfilter.delivery;

import java.util.Locale;

/** What came of one attempt (contract, section 7). */
public enum AttemptOutcome {
  /** The receiver answered 2xx. */
  DELIVERED,
  /** It did not, and will be asked again. */
  RETRYABLE_FAILURE,
  /** It answered what no further attempt would change, or may not be asked at all. */
  PERMANENT_FAILURE,
  /** It did not, and this was the last attempt. */
  EXHAUSTED;

  private final String wireName = name().toLowerCase(Locale.ROOT);

  /** As administrators read it. */
  public String wireName() {
    return wireName;
  }

  /** Whether no attempt follows, unless the delivery is queued again. */
  public boolean isLast() {
    return this != RETRYABLE_FAILURE;
  }
}

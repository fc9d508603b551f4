package io.bifrostfilter.job;

import java.util.Locale;

/** Where a job stands (contract, section 3). */
public enum JobStatus {
  /** Accepted, and waiting for a worker. */
  PENDING,
  /** A worker holds the lease and is running it. */
  PROCESSING,
  /** The handler answered 2xx. */
  COMPLETED,
  /** The handler answered anything else, or not at all. */
  FAILED;

  private final String wireName = name().toLowerCase(Locale.ROOT);

  /** As clients read it. */
  public String wireName() {
    return wireName;
  }

  /** Whether the outcome is recorded; it never changes from then on. */
  public boolean isDone() {
    return this == COMPLETED || this == FAILED;
  }
}

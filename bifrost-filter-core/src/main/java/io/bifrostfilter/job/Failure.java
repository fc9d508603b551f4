package io.bifrostfilter.job;

import java.util.Locale;

/** Why a job has no answer of the handler's (contract, section 3). */
public enum Failure {
  TIMEOUT(504),
  HANDLER_UNREACHABLE(502),
  WORKER_LOST(500),
  CANCELLED(499),
  RESPONSE_TOO_LARGE(507);

  private final int statusCode;
  private final String wireName = name().toLowerCase(Locale.ROOT);

  Failure(int statusCode) {
    this.statusCode = statusCode;
  }

  /** The HTTP status that stands for it. */
  public int statusCode() {
    return statusCode;
  }

  /** The error code, as clients read it. */
  public String wireName() {
    return wireName;
  }
}

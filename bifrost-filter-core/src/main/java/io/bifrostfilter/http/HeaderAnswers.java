package io.bifrostfilter.http;

/** What the header surface answers with (contract, section 4). */
public enum HeaderAnswers {
  /** The route's own response type, so that typed clients parse it. */
  NATIVE,
  /** The job envelope, as the path surface does. */
  ENVELOPE
}

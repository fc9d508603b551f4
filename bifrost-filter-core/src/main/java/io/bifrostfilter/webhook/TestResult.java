package io.bifrostfilter.webhook;

import org.jspecify.annotations.Nullable;

/**
 * What came of a test.
 *
 * @param receiverStatusCode null if the receiver did not answer
 * @param error null exactly if it was delivered
 */
public record TestResult(
    boolean delivered, @Nullable Integer receiverStatusCode, @Nullable String error) {

  static TestResult of(Answer answer) {
    return new TestResult(answer.isSuccess(), answer.statusCode(), answer.problem());
  }
}

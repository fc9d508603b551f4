package io.bifrostfilter.webhook;

import org.jspecify.annotations.Nullable;

/**
 * What came of a test.
 *
 * @param receiverStatusCode null unless it was delivered
 * @param error null exactly if it was delivered
 */
public record TestResult(
    boolean delivered, @Nullable Integer receiverStatusCode, @Nullable String error) {

  static TestResult of(Answer answer) {
    return new TestResult(
        answer.isSuccess(), answer.isSuccess() ? answer.statusCode() : null, answer.problem());
  }
}

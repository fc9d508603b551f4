package io.bifrostfilter.job;

/** How a run ended: with the handler's answer, whatever it says, or without one. */
public sealed interface Outcome {

  /** The HTTP status of the answer, or the one that stands for the lack of it. */
  int statusCode();

  /** Whether this makes the job {@code completed} rather than {@code failed}. */
  boolean isSuccess();

  /** The handler answered. */
  record Answered(RecordedResponse response) implements Outcome {

    @Override
    public int statusCode() {
      return response.statusCode();
    }

    @Override
    public boolean isSuccess() {
      return response.isSuccess();
    }
  }

  /**
   * The handler did not answer.
   *
   * @param message what happened and what follows, for the caller to read
   */
  record Unanswered(Failure failure, String message) implements Outcome {

    @Override
    public int statusCode() {
      return failure.statusCode();
    }

    @Override
    public boolean isSuccess() {
      return false;
    }
  }
}

package io.bifrostfilter.worker;

import io.bifrostfilter.job.Failure;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.job.RecordedRequest;
import io.bifrostfilter.recording.RequestJson;
import java.util.Iterator;
import java.util.Optional;

/** The other models that a request names, in turn (contract, section 5). For one run. */
final class Fallbacks {

  private static final int REQUEST_TIMEOUT = 408;
  private static final int TOO_MANY_REQUESTS = 429;

  private final RecordedRequest original;
  private final Iterator<String> models;

  Fallbacks(RecordedRequest original) {
    this.original = original;
    this.models = original.fallbacks().iterator();
  }

  /** The request to try next; empty if the outcome is to stand, or nothing is left to try. */
  Optional<RecordedRequest> after(Outcome outcome) {
    if (!callsForAnother(outcome) || !models.hasNext()) {
      return Optional.empty();
    }
    return Optional.of(original.withBody(RequestJson.forModel(original.body(), models.next())));
  }

  private static boolean callsForAnother(Outcome outcome) {
    if (outcome instanceof Outcome.Unanswered unanswered) {
      return unanswered.failure() == Failure.TIMEOUT
          || unanswered.failure() == Failure.HANDLER_UNREACHABLE;
    }
    int status = outcome.statusCode();
    return status == REQUEST_TIMEOUT || status == TOO_MANY_REQUESTS || status >= 500;
  }
}

package io.bifrostfilter.worker;

import io.bifrostfilter.dispatch.HandlerDispatcher;
import io.bifrostfilter.dispatch.HandlerDispatcher.Exchange;
import io.bifrostfilter.job.Failure;
import io.bifrostfilter.job.Lease;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.job.RecordedRequest;
import io.bifrostfilter.store.ClaimedJob;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One run of one job: the request, and its fallbacks after it, until there is an outcome. For many
 * threads.
 */
final class JobRun {

  private static final Logger log = LoggerFactory.getLogger(JobRun.class);

  private final ClaimedJob claimed;
  private final HandlerDispatcher dispatcher;
  private final Fallbacks fallbacks;
  private final Consumer<Outcome> whenDone;
  private @Nullable Exchange exchange;
  private boolean ended;

  /**
   * @param whenDone gets the outcome, once, unless the run is ended first
   */
  JobRun(ClaimedJob claimed, HandlerDispatcher dispatcher, Consumer<Outcome> whenDone) {
    this.claimed = claimed;
    this.dispatcher = dispatcher;
    this.fallbacks = new Fallbacks(claimed.request());
    this.whenDone = whenDone;
  }

  UUID jobId() {
    return claimed.job().id();
  }

  Lease lease() {
    return claimed.lease();
  }

  void start() {
    attempt(claimed.request());
  }

  /**
   * Cuts the connection to the handler and forgets the run: nobody wants its outcome any more.
   *
   * @return false if the outcome came first, or it was ended before
   */
  boolean end() {
    Exchange running;
    synchronized (this) {
      if (ended) {
        return false;
      }
      ended = true;
      running = exchange;
    }
    if (running != null) {
      running.abort();
    }
    return true;
  }

  private void attempt(RecordedRequest request) {
    Exchange started;
    synchronized (this) {
      if (ended) {
        return;
      }
      started = dispatcher.dispatch(jobId(), request);
      exchange = started;
    }
    started.outcome().whenComplete(this::attempted);
  }

  private void attempted(@Nullable Outcome outcome, @Nullable Throwable failure) {
    if (outcome == null) {
      log.error("Job {}: its request could not be played back; it fails.", jobId(), failure);
      finish(
          new Outcome.Unanswered(
              Failure.HANDLER_UNREACHABLE, "The request could not be sent to the handler."));
      return;
    }
    Optional<RecordedRequest> next = fallbacks.after(outcome);
    if (next.isPresent()) {
      log.info(
          "Job {}: the handler answered {}; trying the next fallback.",
          jobId(),
          outcome.statusCode());
      attempt(next.get());
    } else {
      finish(outcome);
    }
  }

  private void finish(Outcome outcome) {
    synchronized (this) {
      if (ended) {
        return;
      }
      ended = true;
    }
    if (outcome instanceof Outcome.Unanswered unanswered) {
      log.info("Job {} ends with {}: {}", jobId(), outcome.statusCode(), unanswered.message());
    }
    whenDone.accept(outcome);
  }
}

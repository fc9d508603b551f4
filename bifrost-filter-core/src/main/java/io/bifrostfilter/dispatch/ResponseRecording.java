package io.bifrostfilter.dispatch;

import io.bifrostfilter.job.Bytes;
import io.bifrostfilter.job.Failure;
import io.bifrostfilter.job.Headers;
import io.bifrostfilter.job.HopByHop;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.job.RecordedResponse;
import io.bifrostfilter.recording.BodyRecorder;
import io.bifrostfilter.recording.BodyRecorder.Verdict;
import io.bifrostfilter.recording.ByteBudget;
import io.bifrostfilter.recording.JsonText;
import java.net.ConnectException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.CyclicTimeouts;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records one answer of the handler's as it arrives. Called by the client, one event after another,
 * on one thread at a time.
 */
final class ResponseRecording implements Response.Listener, CyclicTimeouts.Expirable {

  private static final Logger log = LoggerFactory.getLogger(ResponseRecording.class);

  private final UUID jobId;
  private final Request request;
  private final Duration timeout;
  private final long expireNanoTime;
  private final long maxSize;
  private final ByteBudget budget;
  private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();
  private @Nullable BodyRecorder body;
  private Verdict verdict = Verdict.FITS;

  /**
   * @param timeout from now to the last byte
   * @param maxSize in bytes
   */
  ResponseRecording(
      UUID jobId, Request request, Duration timeout, long maxSize, ByteBudget budget) {
    this.jobId = jobId;
    this.request = request;
    this.timeout = timeout;
    this.expireNanoTime = CyclicTimeouts.Expirable.calcExpireNanoTime(timeout.toMillis());
    this.maxSize = maxSize;
    this.budget = budget;
  }

  @Override
  public long getExpireNanoTime() {
    return expireNanoTime;
  }

  /** Whatever the client makes of the exchange, there is an outcome by now. */
  void timeOut() {
    outcome.complete(
        new Outcome.Unanswered(
            Failure.TIMEOUT, "The handler did not answer within " + readable(timeout) + "."));
    request.abort(new TimeoutException());
  }

  CompletionStage<Outcome> outcome() {
    return outcome;
  }

  @Override
  public void onHeaders(Response response) {
    long announced = response.getHeaders().getLongField(HttpHeader.CONTENT_LENGTH);
    body = new BodyRecorder(maxSize, announced, budget);
    if (announced > maxSize) {
      stop(response, Verdict.OVER_LIMIT);
    }
  }

  @Override
  public void onContent(Response response, ByteBuffer content) {
    if (body != null && verdict == Verdict.FITS) {
      stop(response, body.append(content));
    }
  }

  @Override
  public void onComplete(Result result) {
    try (BodyRecorder recorded = body) {
      outcome.complete(
          result.isSucceeded() && recorded != null
              ? new Outcome.Answered(answer(result.getResponse(), recorded.bytes()))
              : unanswered(result.getFailure()));
    }
  }

  private void stop(Response response, Verdict reason) {
    if (reason != Verdict.FITS) {
      verdict = reason;
      response.abort(new ResponseTooLargeException());
    }
  }

  private static RecordedResponse answer(Response response, Bytes body) {
    var headers = Headers.builder();
    var connection = new HopByHop(response.getHeaders().getValuesList(HttpHeader.CONNECTION));
    response
        .getHeaders()
        .forEach(
            field -> {
              if (!connection.covers(field.getName()) && field.getValue() != null) {
                headers.add(field.getName(), field.getValue());
              }
            });
    String type = response.getHeaders().get(HttpHeader.CONTENT_TYPE);
    boolean json = (type == null || JsonText.isJsonType(type)) && JsonText.isWellFormed(body);
    return new RecordedResponse(response.getStatus(), headers.build(), body, json);
  }

  private Outcome unanswered(Throwable failure) {
    return switch (verdict) {
      case OVER_LIMIT ->
          new Outcome.Unanswered(
              Failure.RESPONSE_TOO_LARGE,
              "The handler's response is longer than "
                  + maxSize
                  + " bytes, which is all that is recorded. Ask for less, or have max-response-size"
                  + " raised.");
      case OVER_BUDGET ->
          new Outcome.Unanswered(
              Failure.RESPONSE_TOO_LARGE,
              "The handler's response did not fit into memory beside the others that arrived at the"
                  + " same time. Try again later.");
      case FITS -> noAnswer(failure);
    };
  }

  private Outcome noAnswer(Throwable failure) {
    boolean endedByUs = outcome.isDone() || failure instanceof CancellationException;
    if (!endedByUs) {
      // By its type alone at first: what a message quotes may be the handler's.
      log.info("Job {}: no answer from the handler, {}", jobId, failure.getClass().getName());
      log.debug("Job {}: no answer from the handler", jobId, failure);
    }
    String what =
        failure instanceof ConnectException
            ? "The connection to the handler was refused."
            : "The connection to the handler broke before its answer was complete.";
    return new Outcome.Unanswered(Failure.HANDLER_UNREACHABLE, what);
  }

  private static String readable(Duration timeout) {
    return timeout.toMillis() < 1000
        ? timeout.toMillis() + " milliseconds"
        : timeout.toSeconds() + " seconds";
  }

  private static final class ResponseTooLargeException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    ResponseTooLargeException() {
      super("the response is longer than is recorded", null, false, false);
    }
  }
}

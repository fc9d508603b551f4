package io.bifrostfilter.webhook;

import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLException;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Takes one answer of a receiver's. Its body is of no interest: it is read so that the connection
 * can be used again, up to a limit, and dropped. Called by the client, one event after another, on
 * one thread at a time.
 */
final class Receipt implements Response.Listener {

  private static final long MAX_BODY = 64 * 1024;

  private final Clock clock;
  private final CompletableFuture<Answer> answer = new CompletableFuture<>();
  private long received;
  private boolean cutOff;

  Receipt(Clock clock) {
    this.clock = clock;
  }

  /** Whatever the client makes of the call, there is an answer by then. */
  void endAfter(Duration timeout, Request request, Scheduler scheduler) {
    Scheduler.Task end =
        scheduler.schedule(
            () -> {
              answer.complete(Answer.none("The receiver did not answer in time."));
              request.abort(new TimeoutException());
            },
            timeout.toMillis(),
            TimeUnit.MILLISECONDS);
    answer.whenComplete((result, failure) -> end.cancel());
  }

  CompletionStage<Answer> answer() {
    return answer;
  }

  @Override
  public void onContent(Response response, ByteBuffer content) {
    received += content.remaining();
    if (received > MAX_BODY && !cutOff) {
      cutOff = true;
      response.abort(new BodyTooLongException());
    }
  }

  @Override
  public void onComplete(Result result) {
    if (result.isSucceeded() || cutOff) {
      Response response = result.getResponse();
      String retryAfter = response.getHeaders().get(HttpHeader.RETRY_AFTER);
      answer.complete(Answer.of(response.getStatus(), seconds(retryAfter)));
    } else {
      answer.complete(Answer.none(reason(result.getFailure())));
    }
  }

  /** As RFC 9110 10.2.3 has it; what is neither a number nor a date asks for nothing. */
  private @Nullable Duration seconds(@Nullable String retryAfter) {
    if (retryAfter == null) {
      return null;
    }
    String text = retryAfter.strip();
    if (text.matches("\\d{1,9}")) {
      return Duration.ofSeconds(Long.parseLong(text));
    }
    try {
      var then = ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      Duration wait = Duration.between(clock.instant(), then);
      return wait.isNegative() ? Duration.ZERO : wait;
    } catch (DateTimeParseException e) {
      return null;
    }
  }

  /** Never the failure's own message, which may quote what the receiver has sent. */
  private static String reason(Throwable failure) {
    if (failure instanceof TimeoutException) {
      return "The receiver did not answer in time.";
    }
    if (failure instanceof SocketTimeoutException
        || failure instanceof ConnectException
        || failure instanceof NoRouteToHostException) {
      return "No connection could be made to the receiver.";
    }
    if (failure instanceof SSLException) {
      return "The TLS handshake with the receiver failed; its certificate must be valid for the"
          + " host that the URL names.";
    }
    return "The connection to the receiver broke before its answer was complete.";
  }

  private static final class BodyTooLongException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    BodyTooLongException() {
      super("the answer is longer than is read", null, false, false);
    }
  }
}

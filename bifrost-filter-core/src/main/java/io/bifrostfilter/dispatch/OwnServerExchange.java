package io.bifrostfilter.dispatch;

import io.bifrostfilter.dispatch.HandlerDispatcher.Exchange;
import io.bifrostfilter.job.Failure;
import io.bifrostfilter.job.Outcome;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.eclipse.jetty.util.thread.Scheduler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A playback to this process's own server, which tells its web applications last when it stops: by
 * the time the filter hears of it, the server has refused connections, answered 503 by itself and
 * cut what was running. None of that is the handler's answer, and a durable store has another
 * process to run the job. So what looks like it is held back, and sent again where the application
 * has not seen it, until the worker stops, too, or for so long that no stop explains it.
 *
 * <p>For many threads.
 */
final class OwnServerExchange implements Exchange {

  private static final Logger log = LoggerFactory.getLogger(OwnServerExchange.class);
  private static final Duration LOOK_AGAIN_AFTER = Duration.ofSeconds(1);
  private static final int SERVICE_UNAVAILABLE = 503;

  /** Longer than servers take to stop, by their own defaults. */
  private static final int MAX_LOOKS = 30;

  private static final Outcome STOPPED =
      new Outcome.Unanswered(
          Failure.HANDLER_UNREACHABLE, "The server stopped before the handler had answered.");

  private final UUID jobId;
  private final Supplier<Sent> send;
  private final BooleanSupplier serverListens;
  private final BooleanSupplier workerStops;
  private final Scheduler scheduler;
  private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();
  private Exchange current;
  private boolean aborted;
  private int looks;

  /** A request that is under way, and whether the application's filter may have seen it. */
  record Sent(Exchange exchange, BooleanSupplier reachedTheFilter) {}

  /**
   * @param send makes the request; called again for each time it is sent
   * @param serverListens whether the server still accepts connections
   * @param workerStops whether a job without an answer is given back
   */
  OwnServerExchange(
      UUID jobId,
      Supplier<Sent> send,
      BooleanSupplier serverListens,
      BooleanSupplier workerStops,
      Scheduler scheduler) {
    this.jobId = jobId;
    this.send = send;
    this.serverListens = serverListens;
    this.workerStops = workerStops;
    this.scheduler = scheduler;
    Sent first = send.get();
    this.current = first.exchange();
    follow(first);
  }

  @Override
  public CompletionStage<Outcome> outcome() {
    return outcome;
  }

  @Override
  public void abort() {
    Exchange running;
    synchronized (this) {
      aborted = true;
      running = current;
    }
    running.abort();
  }

  private void follow(Sent sent) {
    sent.exchange()
        .outcome()
        .whenComplete(
            (result, failure) -> {
              if (result == null) {
                outcome.completeExceptionally(failure);
              } else {
                ended(sent, result);
              }
            });
  }

  private void ended(Sent sent, Outcome result) {
    if (!mayBeTheServers(result)) {
      outcome.complete(result);
    } else if (!sent.reachedTheFilter().getAsBoolean()) {
      later(result, this::sendAgain);
    } else if (isUnanswered(result)) {
      // Not here, where a look at the server would keep the answers of other exchanges waiting.
      scheduler.schedule(() -> whileTheServerIsGone(result), 0, TimeUnit.MILLISECONDS);
    } else {
      outcome.complete(result);
    }
  }

  /**
   * The application has seen the request: it is not sent again, but its loss may explain itself.
   */
  private void whileTheServerIsGone(Outcome result) {
    if (!serverListens.getAsBoolean()) {
      later(result, () -> whileTheServerIsGone(result));
    } else {
      outcome.complete(result);
    }
  }

  private void later(Outcome result, Runnable next) {
    if (!looksAgain(result)) {
      outcome.complete(result);
      return;
    }
    scheduler.schedule(
        () -> unlessStopped(next), LOOK_AGAIN_AFTER.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** By now the stop has explained itself, and waiting for more would only hold it up. */
  private void unlessStopped(Runnable next) {
    if (workerStops.getAsBoolean()) {
      outcome.complete(STOPPED);
    } else {
      next.run();
    }
  }

  private synchronized boolean looksAgain(Outcome result) {
    looks++;
    if (looks == 1) {
      log.info(
          "Job {}: the server answered {} for the application, as one that stops does; looking"
              + " again.",
          jobId,
          result.statusCode());
    }
    return !aborted && looks <= MAX_LOOKS;
  }

  private void sendAgain() {
    Sent again;
    synchronized (this) {
      if (aborted) {
        return;
      }
      try {
        again = send.get();
      } catch (RuntimeException e) {
        outcome.completeExceptionally(e);
        return;
      }
      current = again.exchange();
    }
    follow(again);
  }

  private static boolean mayBeTheServers(Outcome result) {
    return isUnanswered(result) || result.statusCode() == SERVICE_UNAVAILABLE;
  }

  private static boolean isUnanswered(Outcome result) {
    return result instanceof Outcome.Unanswered unanswered
        && unanswered.failure() == Failure.HANDLER_UNREACHABLE;
  }
}

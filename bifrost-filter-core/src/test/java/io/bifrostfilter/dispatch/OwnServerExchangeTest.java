package io.bifrostfilter.dispatch;

import static io.bifrostfilter.testing.Proxies.proxy;
import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.dispatch.HandlerDispatcher.Exchange;
import io.bifrostfilter.dispatch.OwnServerExchange.Sent;
import io.bifrostfilter.job.Bytes;
import io.bifrostfilter.job.Failure;
import io.bifrostfilter.job.Headers;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.job.RecordedResponse;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.util.thread.Scheduler;
import org.junit.jupiter.api.Test;

/** What is made of a playback that a server which stops has spoiled; the test is the clock. */
class OwnServerExchangeTest {

  private static final Outcome BROKEN =
      new Outcome.Unanswered(Failure.HANDLER_UNREACHABLE, "The connection broke.");
  private static final Outcome REFUSED =
      new Outcome.Answered(new RecordedResponse(503, Headers.none(), Bytes.of(""), false));

  private final Queue<Runnable> scheduled = new ArrayDeque<>();
  private final AtomicBoolean serverListens = new AtomicBoolean();
  private final AtomicBoolean workerStops = new AtomicBoolean();
  private int sent;

  @Test
  void whatBrokeOffWhileTheServerIsGoneEndsAsSoonAsTheWorkerStops() {
    CompletableFuture<Outcome> outcome = outcome(BROKEN, true);
    runScheduled(3);
    assertThat(outcome).isNotDone();

    workerStops.set(true);
    runScheduled(1);

    assertThat(outcome).isCompletedWithValueMatching(OwnServerExchangeTest::isUnreachable);
    assertThat(sent).isEqualTo(1);
  }

  @Test
  void whatTheServerRefusedIsSentNoMoreOnceTheWorkerStopsAndIsNoAnswerOfTheHandlers() {
    CompletableFuture<Outcome> outcome = outcome(REFUSED, false);
    runScheduled(3);
    assertThat(outcome).isNotDone();
    assertThat(sent).isEqualTo(4);

    workerStops.set(true);
    runScheduled(1);

    assertThat(outcome).isCompletedWithValueMatching(OwnServerExchangeTest::isUnreachable);
    assertThat(sent).isEqualTo(4);
  }

  @Test
  void whatTheHandlerAnswersCountsWhileTheWorkerStops() {
    workerStops.set(true);

    assertThat(outcome(REFUSED, true)).isCompletedWithValue(REFUSED);
  }

  private CompletableFuture<Outcome> outcome(Outcome ofEach, boolean reachedTheFilter) {
    var exchange =
        new OwnServerExchange(
            UUID.randomUUID(),
            () -> {
              sent++;
              return new Sent(new Ended(ofEach), () -> reachedTheFilter);
            },
            serverListens::get,
            workerStops::get,
            scheduler());
    return exchange.outcome().toCompletableFuture();
  }

  private Scheduler scheduler() {
    return proxy(
        Scheduler.class,
        (method, arguments) -> {
          scheduled.add((Runnable) arguments[0]);
          return null;
        });
  }

  private void runScheduled(int times) {
    for (int i = 0; i < times; i++) {
      scheduled.remove().run();
    }
  }

  private static boolean isUnreachable(Outcome outcome) {
    return outcome instanceof Outcome.Unanswered unanswered
        && unanswered.failure() == Failure.HANDLER_UNREACHABLE;
  }

  private record Ended(Outcome ended) implements Exchange {

    @Override
    public CompletionStage<Outcome> outcome() {
      return CompletableFuture.completedFuture(ended);
    }

    @Override
    public void abort() {}
  }
}

package io.bifrostfilter.benchmarks.server;

import io.bifrostfilter.dispatch.HandlerDispatcher;
import io.bifrostfilter.job.Bytes;
import io.bifrostfilter.job.Headers;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.job.RecordedRequest;
import io.bifrostfilter.job.RecordedResponse;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;

/** Stand-ins for playing back, where that is not what is measured. */
public final class Dispatchers {

  private Dispatchers() {}

  /** Every run lasts for ever: once all slots are taken, the worker has nothing to do. */
  public static HandlerDispatcher parked() {
    return new Made(id -> new CompletableFuture<>());
  }

  /** Every run is done as soon as it begins, each with an answer of its own. */
  public static HandlerDispatcher answering(byte[] answer) {
    return new Made(id -> CompletableFuture.completedFuture(answered(answer.clone())));
  }

  /** Every run is a task of these threads, which is all that it takes. */
  public static HandlerDispatcher answering(byte[] answer, Executor threads) {
    return new Made(id -> CompletableFuture.supplyAsync(() -> answered(answer.clone()), threads));
  }

  /** The same, and each says that it has begun. */
  public static HandlerDispatcher telling(Runnable began, byte[] answer, Executor threads) {
    return new Made(
        id ->
            CompletableFuture.supplyAsync(
                () -> {
                  began.run();
                  return answered(answer.clone());
                },
                threads));
  }

  /** An outcome that takes the answer over. */
  public static Outcome answered(byte[] answer) {
    return new Outcome.Answered(
        new RecordedResponse(
            200,
            Headers.of(
                "Content-Type",
                "application/json",
                "Content-Length",
                Integer.toString(answer.length)),
            Bytes.wrap(answer),
            true));
  }

  private record Made(Function<UUID, CompletionStage<Outcome>> outcomes)
      implements HandlerDispatcher {

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public Exchange dispatch(UUID jobId, RecordedRequest request) {
      CompletionStage<Outcome> outcome = outcomes.apply(jobId);
      return new Exchange() {
        @Override
        public CompletionStage<Outcome> outcome() {
          return outcome;
        }

        @Override
        public void abort() {}
      };
    }

    @Override
    public void close() {}
  }
}

package io.bifrostfilter.submission;

import static io.bifrostfilter.testing.Proxies.proxy;
import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.job.Bytes;
import io.bifrostfilter.job.Caller;
import io.bifrostfilter.job.Failure;
import io.bifrostfilter.job.Headers;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.Origin;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.job.RecordedRequest;
import io.bifrostfilter.store.JobListener;
import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.Limits;
import io.bifrostfilter.store.memory.MemoryJobStore;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A store that was cut off: nothing is heard of its jobs but that there may be news. */
class WaitersTest {

  private static final Duration LONG = Duration.ofHours(1);

  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final JobStore real = new MemoryJobStore(Clock.systemUTC(), 1 << 20);
  private final AtomicReference<JobListener> listener = new AtomicReference<>();
  private final JobStore silent =
      proxy(
          JobStore.class,
          (method, arguments) -> {
            if (method.getName().equals("subscribe")) {
              listener.set((JobListener) arguments[0]);
              return (JobStore.Subscription) () -> {};
            }
            return method.invoke(real, arguments);
          });
  private final Waiters waiters = new Waiters(silent, timer);

  @AfterEach
  void stop() {
    waiters.close();
    timer.shutdownNow();
    real.close();
  }

  @Test
  void whoeverWaitsForAJobWhoseEndWasMissedHearsOfItAndNobodyElse() throws Exception {
    UUID done = added();
    UUID deleted = added();
    UUID waiting = added();
    CompletableFuture<Void> forDone = waiters.untilChanged(done, LONG);
    CompletableFuture<Void> forDeleted = waiters.untilChanged(deleted, LONG);
    CompletableFuture<Void> forWaiting = waiters.untilChanged(waiting, LONG);
    real.finish(done, new Outcome.Unanswered(Failure.CANCELLED, "Cancelled."));
    real.delete(deleted);
    assertThat(List.of(forDone, forDeleted, forWaiting)).noneMatch(CompletableFuture::isDone);

    listener.get().missed();

    forDone.get(30, TimeUnit.SECONDS);
    forDeleted.get(30, TimeUnit.SECONDS);
    // Behind the look.
    timer.submit(() -> {}).get(30, TimeUnit.SECONDS);
    assertThat(forWaiting).isNotDone();
  }

  private UUID added() {
    var job =
        Job.pending(
            UUID.randomUUID(),
            "request",
            "chat/completions",
            null,
            null,
            null,
            Duration.ofHours(1),
            Clock.systemUTC().instant());
    var request =
        new RecordedRequest(
            "POST",
            "/v1/chat/completions",
            Headers.none(),
            Bytes.of("{}"),
            new Caller("127.0.0.1", "localhost", 1),
            new Origin("node", false, "127.0.0.1", 1),
            List.of());
    real.add(job, request, new Limits(10, 10));
    return job.id();
  }
}

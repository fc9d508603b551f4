package io.bifrostfilter.worker;

import static io.bifrostfilter.testing.Proxies.proxy;
import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.dispatch.HandlerDispatcher;
import io.bifrostfilter.job.Bytes;
import io.bifrostfilter.job.Caller;
import io.bifrostfilter.job.Headers;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.Origin;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.job.RecordedRequest;
import io.bifrostfilter.observation.JobObservers;
import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.JobStoreException;
import io.bifrostfilter.store.Limits;
import io.bifrostfilter.store.Outage;
import io.bifrostfilter.store.memory.MemoryJobStore;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a worker does with leases while the store is away, and afterwards. */
@Timeout(60)
class JobWorkerOutageTest {

  private static final Duration LEASE = Duration.ofMillis(300);

  private final JobStore memory = new MemoryJobStore(Clock.systemUTC(), 1_000_000);
  private final BlockingQueue<String> asked = new LinkedBlockingQueue<>();
  private volatile boolean away;

  @Test
  void leasesAreRenewedBeforeOthersAreTakenAndForTheTimeOfOneAfterAnOutage() throws Exception {
    var timer = Executors.newSingleThreadScheduledExecutor();
    var worker = worker(timer);
    try {
      memory.add(job(), request(), new Limits(10, 10));
      worker.start();
      assertThat(nextTwo()).containsExactly("renew", "recoverLapsed");

      away = true;
      await("refused");
      asked.clear();
      away = false;

      await("renew");
      assertThat(untilRecovery())
          .containsExactly("renew", "renew", "renew", "renew", "recoverLapsed");
      assertThat(nextTwo()).containsExactly("renew", "recoverLapsed");
    } finally {
      worker.stop();
      timer.shutdownNow();
    }
  }

  /** Of this and the next look after leases, since nobody says when the first one runs. */
  private List<String> nextTwo() throws InterruptedException {
    await("renew");
    return List.of("renew", asked.take());
  }

  private List<String> untilRecovery() throws InterruptedException {
    var all = new ArrayList<>(List.of("renew"));
    do {
      all.add(asked.take());
    } while (!all.get(all.size() - 1).equals("recoverLapsed"));
    return all;
  }

  private void await(String what) throws InterruptedException {
    String next;
    do {
      next = asked.take();
    } while (!next.equals(what));
  }

  private JobWorker worker(ScheduledExecutorService timer) {
    return new JobWorker(
        store(),
        new Silent(),
        new WorkerSettings(4, LEASE, 3, Duration.ZERO),
        timer,
        Clock.systemUTC(),
        new JobObservers(List.of()),
        new Outage());
  }

  /** The memory store, save that it can be away, and that its lease-keeping is told of. */
  private JobStore store() {
    return proxy(
        JobStore.class,
        (method, arguments) -> {
          boolean ofLeases = List.of("renew", "recoverLapsed").contains(method.getName());
          if (ofLeases && away) {
            asked.add("refused");
            throw new JobStoreException("no connection", new IOException("refused"));
          }
          if (ofLeases) {
            asked.add(method.getName());
          }
          return method.invoke(memory, arguments);
        });
  }

  private static Job job() {
    return Job.pending(
        UUID.randomUUID(),
        "request",
        "chat/completions",
        null,
        "owner",
        null,
        Duration.ofHours(1),
        Instant.now());
  }

  private static RecordedRequest request() {
    return new RecordedRequest(
        "POST",
        "/v1/chat/completions",
        Headers.of(),
        Bytes.of("{}"),
        new Caller("192.0.2.1", "192.0.2.1", 50_000),
        new Origin("node", false, "127.0.0.1", 8080),
        List.of());
  }

  /** A handler that never answers. */
  private static final class Silent implements HandlerDispatcher {

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public Exchange dispatch(UUID jobId, RecordedRequest request) {
      return new Exchange() {
        @Override
        public CompletionStage<Outcome> outcome() {
          return new CompletableFuture<>();
        }

        @Override
        public void abort() {}
      };
    }

    @Override
    public void close() {}
  }
}

package io.bifrostfilter.sample.durability;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/**
 * Callers that have one job done after the other, without end. Told that the store is away, they do
 * as they are asked to and try again; anything else that goes wrong ends them. For one thread.
 */
final class Callers implements AutoCloseable {

  private static final int CALLERS_OF_EACH = 4;
  private static final int DELAY_MILLIS = 100;
  private static final int PATIENCE_SECONDS = 120;

  private final Client client;
  private final ExecutorService threads;
  private final List<Future<?>> callers;
  private final Map<Node, Semaphore> done = new ConcurrentHashMap<>();
  private final Map<String, String> results = new ConcurrentHashMap<>();
  private final AtomicInteger refused = new AtomicInteger();
  private final AtomicLong longestRefusalMillis = new AtomicLong();
  private volatile boolean stopped;

  Callers(Client client, List<Node> nodes) {
    this.client = client;
    int count = CALLERS_OF_EACH * nodes.size();
    threads = Executors.newFixedThreadPool(count);
    nodes.forEach(node -> done.put(node, new Semaphore(0)));
    callers =
        IntStream.range(0, count)
            .<Future<?>>mapToObj(i -> threads.submit(() -> call(nodes.get(i % nodes.size()))))
            .toList();
  }

  /** Returns when each node has that many more jobs done. */
  void awaitDone(int jobs) throws Exception {
    for (Semaphore each : done.values()) {
      each.drainPermits();
      if (!each.tryAcquire(jobs, PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        stop();
        throw new AssertionError("no job is done any more");
      }
    }
  }

  /** Returns when each has his last job done. */
  void stop() throws Exception {
    stopped = true;
    for (Future<?> each : callers) {
      each.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
  }

  /** What each job has come to, by its id. */
  Map<String, String> results() {
    return results;
  }

  /** How often they were told that the store is away. */
  int refused() {
    return refused.get();
  }

  /** How long they waited for that at most. */
  long longestRefusalMillis() {
    return longestRefusalMillis.get();
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }

  private void call(Node node) {
    while (!stopped) {
      String id = submit(node, UUID.randomUUID().toString());
      results.put(id, done(node, id));
      done.get(node).release();
    }
  }

  private String submit(Node node, String key) {
    while (true) {
      long start = System.nanoTime();
      HttpResponse<String> answer = client.answerToSubmit(node, key, DELAY_MILLIS);
      if (answer.statusCode() == 202) {
        return Client.idIn(answer);
      }
      refused(answer, start);
    }
  }

  private String done(Node node, String id) {
    while (true) {
      long start = System.nanoTime();
      HttpResponse<String> answer = client.answerToPoll(node, id, 2);
      if (answer.statusCode() == 200) {
        return answer.body();
      }
      if (answer.statusCode() != 202) {
        refused(answer, start);
      }
    }
  }

  private void refused(HttpResponse<String> answer, long start) {
    assertAway(answer);
    refused.incrementAndGet();
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    longestRefusalMillis.accumulateAndGet(millis, Math::max);
    Client.pause();
  }

  /** A caller is told what is the matter, and when to try again. */
  static void assertAway(HttpResponse<String> answer) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(503);
    assertThat(answer.body()).contains("\"code\":\"store_unavailable\"");
    assertThat(answer.headers().firstValue("Retry-After")).isPresent();
  }
}

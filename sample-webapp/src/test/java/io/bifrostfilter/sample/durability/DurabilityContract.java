package io.bifrostfilter.sample.durability;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/**
 * A 2xx to a submit is a promise: what nodes keep when they are killed, paused and stopped, run as
 * the processes that they are. One round of each; {@code -Ddurability.rounds=20} for more. The
 * store is cut off for 8 seconds; {@code -Ddurability.blackhole=PT30S} for longer.
 */
@Timeout(1800)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class DurabilityContract {

  private static final int ROUNDS = Integer.getInteger("durability.rounds", 1);
  private static final int JOBS = 500;
  private static final int DELAY_MILLIS = 200;
  private static final Duration CUT_OFF =
      Duration.parse(System.getProperty("durability.blackhole", "PT8S"));
  private static final String WEBHOOK = "billing";

  private final Client client = new Client();
  private Backend backend;

  abstract Backend start() throws Exception;

  @BeforeAll
  final void startBackend() throws Exception {
    backend = start();
  }

  @AfterAll
  final void stopBackend() throws Exception {
    backend.close();
  }

  @Test
  void nothingIsLostWhenANodeIsKilled() throws Exception {
    try (Node survivor = node("survivor")) {
      for (int round = 1; round <= ROUNDS; round++) {
        try (Node victim = node("victim")) {
          var submits = new Submits(victim);
          submits.afterHalf(victim::kill);
          int accepted = submits.run();

          check("kill -9", round, accepted, submits, survivor, List.of(survivor));
        }
      }
    }
  }

  @Test
  void nothingIsLostOrDoneTwiceWhenANodeIsPausedBeyondItsLeases() throws Exception {
    try (Node survivor = node("survivor")) {
      for (int round = 1; round <= ROUNDS; round++) {
        try (Node sleeper = node("sleeper")) {
          var submits = new Submits(sleeper);
          int accepted = submits.run();
          sleeper.pause();
          Map<String, String> seen = submits.results(survivor);
          sleeper.resume();

          check("kill -STOP", round, accepted, submits, survivor, List.of(survivor, sleeper));
          assertThat(submits.results(sleeper)).containsAllEntriesOf(seen);
        }
      }
    }
  }

  @Test
  void jobsThatRunWhenTheOnlyNodeStopsAreCompletedAfterItStartsAgain() throws Exception {
    Submits submits;
    try (Node first = node("only", Map.of("BIFROST_ASYNC_DRAIN_TIMEOUT", "0s"))) {
      submits = new Submits(first, 100, 1_500);
      assertThat(submits.run()).isEqualTo(100);
      first.stop();
    }
    try (Node again = node("only")) {
      // Jobs that wait run before anybody asks for them; the first request shows where to.
      assertThat(submits.results(again).values())
          .hasSize(100)
          .allSatisfy(job -> assertThat(Client.statusOf(job)).isEqualTo("completed 200"));
    }
  }

  @Test
  void nothingIsLostWhenTheStoreIsStartedAgainUnderLoad() throws Exception {
    try (Node one = node("one");
        Node other = node("other")) {
      var submits = new Submits(one);
      submits.afterHalf(backend::restart);
      int accepted = submits.run();

      check("store restarted", 1, accepted, submits, other, List.of(one, other));
    }
  }

  @Test
  void nothingIsLostOrStuckWhenTheStoreIsCutOffUnderLoad() throws Exception {
    try (var wire = new Wire(backend.port())) {
      for (int round = 1; round <= ROUNDS; round++) {
        try (Node one = node("cut-off", beyond(wire));
            Node other = node("cut-off-too", beyond(wire));
            var callers = new Callers(client, List.of(one, other))) {
          // Some of what runs ends while nothing comes through, and some afterwards.
          var running = new Submits(one, 10, (int) CUT_OFF.dividedBy(2).toMillis());
          var longRunning = new Submits(one, 10, (int) CUT_OFF.plusSeconds(2).toMillis());
          longRunning.run();
          running.run();
          running.awaitRunning();
          longRunning.awaitRunning();
          callers.awaitDone(20);
          String some = callers.results().keySet().iterator().next();

          wire.cut();
          // Nothing is waited for: the callers are to live with this for so long.
          Thread.sleep(CUT_OFF.toMillis());
          for (Node node : List.of(one, other)) {
            Callers.assertAway(client.answerToPoll(node, some, 1));
            Callers.assertAway(
                client.answerToSubmit(node, UUID.randomUUID().toString(), DELAY_MILLIS));
          }
          wire.mend();

          callers.awaitDone(20);
          callers.stop();
          assertThat(callers.refused()).isPositive();
          for (Node node : List.of(one, other)) {
            assertCompleted(callers.results(), node);
            assertCompleted(running.results(node), node);
            assertCompleted(longRunning.results(node), node);
            // More than once if somebody, who had asked just before others were told, waited until
            // it was back.
            assertThat(node.log())
                .filteredOn(line -> line.contains("cannot be reached"))
                .hasSizeBetween(1, 3);
            assertThat(node.log())
                .filteredOn(line -> line.contains("is back"))
                .hasSizeBetween(1, 3);
          }
          // None where both nodes come back within the time of a lease of each other, which nobody
          // can promise.
          int runTwice = 0;
          for (Submits submits : List.of(running, longRunning)) {
            for (String id : submits.idsByKey.values()) {
              runTwice += backend.attempts(id) > 1 ? 1 : 0;
            }
          }
          System.out.printf(
              "%s, cut off for %s, round %d of %d: %d jobs completed, %d run twice of %d that ran"
                  + " then; %d answers of 503, the latest after %d ms; %d and %d lines logged%n",
              getClass().getSimpleName(),
              CUT_OFF,
              round,
              ROUNDS,
              callers.results().size(),
              runTwice,
              running.jobs + longRunning.jobs,
              callers.refused(),
              callers.longestRefusalMillis(),
              one.log().size(),
              other.log().size());
        }
      }
    }
  }

  private Map<String, String> beyond(Wire wire) {
    var environment = new HashMap<>(backend.environment(wire.port()));
    environment.put("BIFROST_ASYNC_LEASE", "5s");
    return environment;
  }

  private void assertCompleted(Map<String, String> results, Node node) throws Exception {
    List<String> ids = List.copyOf(results.keySet());
    List<String> told = Client.forEach(ids.size(), i -> client.done(node, ids.get(i)));
    for (int i = 0; i < ids.size(); i++) {
      assertThat(Client.statusOf(told.get(i))).isEqualTo("completed 200");
      assertThat(told.get(i)).isEqualTo(results.get(ids.get(i)));
    }
  }

  @Test
  void everyWebhookArrivesThoughTheNodeIsKilledWhileJobsEnd() throws Exception {
    try (var receiver = new Receiver()) {
      for (int round = 1; round <= ROUNDS; round++) {
        var webhookIds = new HashSet<String>();
        try (Node victim = node("webhooks", webhookTo(receiver))) {
          for (Optional<String> id :
              Client.forEach(
                  60, i -> client.submit(victim, UUID.randomUUID().toString(), 20 * i, WEBHOOK))) {
            webhookIds.add("evt_" + id.orElseThrow());
          }
          // Jobs end one after the other, and some are told of, when the node goes.
          receiver.awaitAny(webhookIds);
          victim.kill();
        }
        try (Node again = node("webhooks", webhookTo(receiver))) {
          // The first request shows where to.
          client.submitUntilAccepted(again, UUID.randomUUID().toString(), 0);
          assertThat(receiver.awaitAll(webhookIds, 120_000)).containsAll(webhookIds);
        }
        System.out.printf(
            "%s, kill -9 while jobs end, round %d of %d: all %d webhooks arrived%n",
            getClass().getSimpleName(), round, ROUNDS, webhookIds.size());
      }
    }
  }

  private static Map<String, String> webhookTo(Receiver receiver) {
    String endpoint = "BIFROST_ASYNC_WEBHOOKS_ENDPOINTS_" + WEBHOOK.toUpperCase(Locale.ROOT) + "_";
    return Map.of(
        endpoint + "URL",
        receiver.url(),
        endpoint + "SECRET",
        "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        endpoint + "ALLOW_PRIVATE_NETWORK",
        "true",
        endpoint + "ATTEMPT_TIMEOUT",
        "1s",
        "BIFROST_ASYNC_MAX_CONCURRENCY",
        "8");
  }

  @Test
  void aDumpOfTheStoreShowsNoPromptResultOrCredential() throws Exception {
    try (Node node = node("dumped")) {
      String id = client.submit(node, UUID.randomUUID().toString(), 0).orElseThrow();
      String waiting = client.submit(node, UUID.randomUUID().toString(), 20_000).orElseThrow();
      String result = client.done(node, id);

      String dump = backend.dump();

      // It is the dump of these jobs, and of nothing that could be read.
      assertThat(dump).contains(id).contains(waiting);
      assertThat(result).contains("chat.completion");
      assertThat(dump).doesNotContain("s3cret", "chat.completion", "Authorization");
    }
  }

  /** Everything that was accepted is completed, under the id that was told, and stays so. */
  private void check(
      String what, int round, int accepted, Submits submits, Node survivor, List<Node> nodes)
      throws Exception {
    long before = backend.jobs();
    submits.repeat(survivor);
    long added = backend.jobs() - before;
    // One for each key, those included whose node had written them and could not say so any more.
    assertThat(backend.jobs() - submits.jobsBefore).isEqualTo(submits.jobs);

    Map<String, String> results = submits.results(survivor);
    assertThat(results.values())
        .hasSize(submits.jobs)
        .allSatisfy(job -> assertThat(Client.statusOf(job)).isEqualTo("completed 200"));
    for (Node node : nodes) {
      assertThat(submits.results(node)).isEqualTo(results);
    }
    System.out.printf(
        "%s, %s, round %d of %d: %d of %d submits accepted, %d repeated as new; all completed,"
            + " no result changed%n",
        getClass().getSimpleName(), what, round, ROUNDS, accepted, submits.jobs, added);
  }

  private Node node(String name) throws Exception {
    return node(name, Map.of());
  }

  private Node node(String name, Map<String, String> more) throws Exception {
    var environment = new HashMap<>(backend.environment(backend.port()));
    environment.put("BIFROST_ASYNC_LEASE", "2s");
    // On a machine with too much to do, a node that lives may be late with leases so short.
    environment.put("BIFROST_ASYNC_MAX_ATTEMPTS", "20");
    environment.put("BIFROST_ASYNC_ENCRYPTION_KEY", "dGVzdC1rZXktb2YtMzItYnl0ZXMtLS0tLS0tLS0tISE=");
    environment.putAll(more);
    return Node.start(getClass().getSimpleName() + "-" + name, environment);
  }

  /** Something that may fail. */
  private interface Action {
    void run() throws Exception;
  }

  /** Many submits, each with a key of its own, and what became of them. */
  private final class Submits {

    private final Node node;
    private final int jobs;
    private final int delayMillis;
    private final List<String> keys;
    private final Map<String, String> idsByKey = new HashMap<>();
    private final long jobsBefore = backend.jobs();
    private Action halfWay = () -> {};

    Submits(Node node) throws Exception {
      this(node, JOBS, DELAY_MILLIS);
    }

    Submits(Node node, int jobs, int delayMillis) throws Exception {
      this.node = node;
      this.jobs = jobs;
      this.delayMillis = delayMillis;
      this.keys = Stream.generate(() -> UUID.randomUUID().toString()).limit(jobs).toList();
    }

    /** Has something happen while the others are under way. */
    void afterHalf(Action action) {
      halfWay = action;
    }

    /** Returns when all of them run, or have run. */
    void awaitRunning() {
      for (String id : idsByKey.values()) {
        while (Client.statusOf(client.answerToPoll(node, id, 0).body()).startsWith("pending")) {
          Client.pause();
        }
      }
    }

    /** Returns how many were accepted. */
    int run() throws Exception {
      var count = new AtomicInteger();
      List<Optional<String>> ids =
          Client.forEach(
              jobs,
              i -> {
                if (count.incrementAndGet() == jobs / 2) {
                  act();
                }
                return client.submit(node, keys.get(i), delayMillis);
              });
      for (int i = 0; i < jobs; i++) {
        String key = keys.get(i);
        ids.get(i).ifPresent(id -> idsByKey.put(key, id));
      }
      return idsByKey.size();
    }

    /** Repeats them all: those that were accepted give the same job, the others one at last. */
    void repeat(Node other) throws Exception {
      List<String> ids =
          Client.forEach(jobs, i -> client.submitUntilAccepted(other, keys.get(i), delayMillis));
      for (int i = 0; i < jobs; i++) {
        String told = idsByKey.put(keys.get(i), ids.get(i));
        assertThat(ids.get(i)).isEqualTo(told == null ? ids.get(i) : told);
      }
      assertThat(idsByKey.values()).doesNotHaveDuplicates().hasSize(jobs);
    }

    /** What each job has come to, by its id, as a node tells it. */
    Map<String, String> results(Node from) throws Exception {
      List<String> ids = List.copyOf(idsByKey.values());
      List<String> done = Client.forEach(ids.size(), i -> client.done(from, ids.get(i)));
      var results = new HashMap<String, String>();
      for (int i = 0; i < ids.size(); i++) {
        results.put(ids.get(i), done.get(i));
      }
      return results;
    }

    private void act() {
      try {
        halfWay.run();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }
}

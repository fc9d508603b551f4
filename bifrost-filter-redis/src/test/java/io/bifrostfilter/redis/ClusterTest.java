package io.bifrostfilter.redis;

import static io.bifrostfilter.redis.TestStores.AMPLE;
import static io.bifrostfilter.redis.TestStores.LEASE;
import static io.bifrostfilter.redis.TestStores.added;
import static io.bifrostfilter.redis.TestStores.answer;
import static io.bifrostfilter.redis.TestStores.claimOne;
import static io.bifrostfilter.redis.TestStores.complete;
import static io.bifrostfilter.redis.TestStores.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bifrostfilter.delivery.Attempt;
import io.bifrostfilter.delivery.AttemptOutcome;
import io.bifrostfilter.delivery.ClaimedDelivery;
import io.bifrostfilter.delivery.Endpoint;
import io.bifrostfilter.delivery.EndpointSettings;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.store.Admission;
import io.bifrostfilter.store.JobListener.Change;
import io.bifrostfilter.store.JobStoreException;
import io.bifrostfilter.store.WebhookStore;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.SlotHash;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Three masters that share the slots. */
class ClusterTest {

  private static final int MASTERS = 3;

  private static final List<RedisProcess> nodes = new ArrayList<>();

  @BeforeAll
  static void start() {
    for (int i = 0; i < MASTERS; i++) {
      nodes.add(RedisProcess.start("--cluster-enabled", "yes", "--cluster-node-timeout", "2000"));
    }
    var client = RedisClient.create();
    try {
      for (int i = 0; i < MASTERS; i++) {
        var node = client.connect(RedisURI.create(nodes.get(i).uri())).sync();
        node.clusterAddSlots(slotsOf(i));
        node.clusterSetConfigEpoch(i + 1);
        node.clusterMeet("127.0.0.1", nodes.get(0).port());
      }
      for (RedisProcess each : nodes) {
        var node = client.connect(RedisURI.create(each.uri())).sync();
        TestStores.until(
            "the cluster is whole",
            () ->
                node.clusterInfo().contains("cluster_state:ok")
                    && node.clusterInfo().contains("cluster_known_nodes:" + MASTERS));
      }
    } finally {
      client.shutdown();
    }
  }

  @AfterAll
  static void stop() {
    nodes.forEach(RedisProcess::close);
  }

  @Test
  void aJobGoesAllTheWayWhicheverNodesAreNamed() throws Exception {
    String all =
        nodes.stream().map(node -> "127.0.0.1:" + node.port()).collect(Collectors.joining(","));
    try (var store = TestStores.open("redis://" + all);
        var other = TestStores.open(nodes.get(1).uri() + "?cluster=true")) {
      var heard = new Heard();
      other.subscribe(heard);

      Job job = added(store);
      heard.awaits(job.id(), Change.PENDING);
      assertThat(complete(other, claimOne(other).lease(), answer("{}"))).isTrue();
      heard.awaits(job.id(), Change.DONE);

      assertThat(store.find(job.id()).orElseThrow().result()).contains(answer("{}"));
      assertThat(store.add(again(job), request("{}"), AMPLE))
          .isInstanceOf(Admission.Replayed.class);
      assertThat(store.delete(job.id())).isTrue();
      assertThat(other.find(job.id())).isEmpty();
      assertThat(other.claim(1, LEASE)).isEmpty();
    }
  }

  @Test
  void allKeysOfAStoreAreInOneSlot() {
    var client = RedisClusterClient.create(nodes.get(0).uri());
    try (var store =
        RedisJobStore.builder()
            .client(client)
            .keyring(TestStores.keyring())
            .keyPrefix("app:jobs:")
            .build()) {
      WebhookStore webhooks = store.webhooks().orElseThrow();
      Endpoint endpoint =
          Endpoint.create(
              UUID.randomUUID(),
              false,
              "whsec_c2VjcmV0",
              EndpointSettings.builder("billing", URI.create("https://hooks.example")).build(),
              Instant.now());
      webhooks.add(endpoint);
      added(store, TestStores.job().telling(endpoint.id()));
      added(store);
      complete(store, claimOne(store).lease(), answer("{}"));
      ClaimedDelivery claimed = webhooks.claim(endpoint.id(), 1, LEASE).get(0);
      Attempt attempt =
          Attempt.of(claimed, AttemptOutcome.RETRYABLE_FAILURE, 503, null, Instant.now());
      assertThat(webhooks.record(claimed, attempt, Instant.now())).isTrue();
      assertThat(webhooks.findAttempt(attempt.id())).contains(attempt);

      List<String> keys = TestStores.keys(client.connect().sync(), "{app:jobs}:", "*");
      List<String> ours = keys.stream().filter(key -> key.contains("app:jobs")).toList();
      assertThat(ours).hasSizeGreaterThan(15);
      assertThat(ours.stream().map(SlotHash::getSlot).distinct())
          .containsExactly(SlotHash.getSlot("{app:jobs}:"));
    } finally {
      client.shutdown();
    }
  }

  @Test
  void whoeverNamesOneNodeIsToldHowToNameACluster() {
    // Two of three nodes do not have the keys.
    assertThat(nodes)
        .anySatisfy(
            node ->
                assertThatThrownBy(() -> TestStores.open(node.uri()))
                    .isInstanceOf(JobStoreException.class)
                    .hasMessageContaining("?cluster=true"));
  }

  private static Job again(Job job) {
    return Job.pending(
        UUID.randomUUID(),
        job.requestId(),
        job.route(),
        job.model(),
        job.owner(),
        job.idempotencyKey(),
        job.resultTtl(),
        job.createdAt());
  }

  private static int[] slotsOf(int node) {
    return IntStream.range(0, SlotHash.SLOT_COUNT).filter(slot -> slot % MASTERS == node).toArray();
  }
}

package io.bifrostfilter.redis;

import static io.bifrostfilter.redis.TestStores.added;
import static io.bifrostfilter.redis.TestStores.answer;
import static io.bifrostfilter.redis.TestStores.complete;
import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.JobStatus;
import io.bifrostfilter.store.ClaimedJob;
import io.bifrostfilter.store.JobListener.Change;
import io.lettuce.core.RedisClient;
import org.junit.jupiter.api.Test;

/** A master, its replica, and Sentinel watching over them. */
class SentinelTest {

  @Test
  void whenTheMasterDiesTheReplicaTakesOverAndTheStoreFollows() throws Exception {
    try (var master = RedisProcess.start();
        var replica = replicaOf(master);
        var sentinel = RedisProcess.sentinel(master.port())) {
      var client = RedisClient.create(master.uri());
      var watcher = RedisClient.create("redis://127.0.0.1:" + sentinel.port());
      try (var store = TestStores.open("redis-sentinel://127.0.0.1:" + sentinel.port() + "#jobs")) {
        var sentinelKnows = watcher.connectSentinel().sync();
        TestStores.until(
            "Sentinel knows the replica",
            () ->
                sentinelKnows.replicas("jobs").stream()
                    .anyMatch(each -> each.get("port").equals(Integer.toString(replica.port()))));
        var heard = new Heard();
        store.subscribe(heard);
        Job before = added(store);
        ClaimedJob running = TestStores.claimOne(store);
        Job waiting = added(store);
        assertThat(client.connect().sync().waitForReplication(1, 10_000)).isEqualTo(1);

        master.kill();

        assertThat(TestStores.onceItIsBack(() -> store.find(waiting.id()))).contains(waiting);
        assertThat(complete(store, running.lease(), answer("{}"))).isTrue();
        assertThat(store.find(before.id()).orElseThrow().status()).isEqualTo(JobStatus.COMPLETED);
        assertThat(TestStores.claimOne(store).job().id()).isEqualTo(waiting.id());
        TestStores.until("the replica is heard, too", () -> isHeard(heard, store));
      } finally {
        client.shutdown();
        watcher.shutdown();
      }
    }
  }

  private static RedisProcess replicaOf(RedisProcess master) {
    return RedisProcess.start("--replicaof", "127.0.0.1", Integer.toString(master.port()));
  }

  private static boolean isHeard(Heard heard, RedisJobStore store) {
    Job job = added(store);
    return heard.hasHeardOf(job.id(), Change.PENDING);
  }
}

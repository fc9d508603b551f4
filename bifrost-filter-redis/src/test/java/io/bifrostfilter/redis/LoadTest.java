package io.bifrostfilter.redis;

import static io.bifrostfilter.redis.TestStores.LEASE;
import static io.bifrostfilter.redis.TestStores.added;
import static io.bifrostfilter.redis.TestStores.answer;
import static io.bifrostfilter.redis.TestStores.claimOne;
import static io.bifrostfilter.redis.TestStores.complete;
import static io.bifrostfilter.redis.TestStores.job;
import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.job.Job;
import io.bifrostfilter.store.ClaimedJob;
import io.bifrostfilter.store.JobCounts;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two nodes' stores on one server, and much to do. */
class LoadTest {

  private RedisProcess redis;
  private RedisJobStore one;
  private RedisJobStore other;

  @BeforeEach
  void start() {
    redis = RedisProcess.start();
    one = TestStores.open(redis.uri());
    other = TestStores.open(redis.uri());
  }

  @AfterEach
  void stop() {
    one.close();
    other.close();
    redis.close();
  }

  @Test
  void tenClaimersOnTwoNodesRunEachOfManyJobsOnce() throws Exception {
    Set<UUID> all = new HashSet<>();
    for (int i = 0; i < 5_000; i++) {
      all.add(added(one).id());
    }
    var ran = new ArrayList<UUID>();
    var claimers = Executors.newFixedThreadPool(10);
    try {
      var futures = new ArrayList<Future<List<UUID>>>();
      for (int i = 0; i < 10; i++) {
        futures.add(claimers.submit(claimer(i % 2 == 0 ? one : other, 1 + i)));
      }
      for (Future<List<UUID>> each : futures) {
        ran.addAll(each.get(60, TimeUnit.SECONDS));
      }
    } finally {
      claimers.shutdownNow();
    }

    assertThat(ran).hasSize(5_000).containsExactlyInAnyOrderElementsOf(all);
    JobCounts counts = one.counts();
    assertThat(counts).isEqualTo(new JobCounts(0, 0, 5_000, 0, counts.bytes()));
  }

  private static Callable<List<UUID>> claimer(RedisJobStore store, int atOnce) {
    return () -> {
      var mine = new ArrayList<UUID>();
      for (var some = store.claim(atOnce, LEASE);
          !some.isEmpty();
          some = store.claim(atOnce, LEASE)) {
        for (ClaimedJob each : some) {
          mine.add(each.job().id());
          assertThat(complete(store, each.lease(), answer("{}"))).isTrue();
        }
      }
      return mine;
    };
  }

  @Test
  void aClaimTakesNoMoreThanCanBeSentInTime() {
    for (int i = 0; i < 3; i++) {
      one.add(job(), TestStores.request("x".repeat(10 << 20)), TestStores.AMPLE);
    }

    assertThat(one.claim(3, LEASE)).hasSize(2);
    assertThat(one.claim(3, LEASE)).hasSize(1);
  }

  @Test
  void requestsAndResultsMayBeAsLargeAsTheyComeByDefault() {
    String large = "x".repeat(32 << 20);
    Job job = job();
    one.add(job, TestStores.request(large), TestStores.AMPLE);

    ClaimedJob claimed = claimOne(other);
    assertThat(claimed.request()).isEqualTo(TestStores.request(large));
    assertThat(complete(other, claimed.lease(), answer(large))).isTrue();
    assertThat(one.find(job.id()).orElseThrow().result()).contains(answer(large));
  }
}

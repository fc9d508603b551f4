package io.bifrostfilter.redis;

import static io.bifrostfilter.redis.TestStores.AMPLE;
import static io.bifrostfilter.redis.TestStores.LEASE;
import static io.bifrostfilter.redis.TestStores.added;
import static io.bifrostfilter.redis.TestStores.answer;
import static io.bifrostfilter.redis.TestStores.claimOne;
import static io.bifrostfilter.redis.TestStores.job;
import static io.bifrostfilter.redis.TestStores.onceItIsBack;
import static io.bifrostfilter.redis.TestStores.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.Lease;
import io.bifrostfilter.store.Admission;
import io.bifrostfilter.store.JobListener;
import io.bifrostfilter.store.JobListener.Change;
import io.bifrostfilter.store.JobStoreException;
import io.lettuce.core.KillArgs;
import io.lettuce.core.RedisClient;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The server dies, or falls silent, and comes back. */
class OutageTest {

  private static final Duration SHORT = Duration.ofMillis(300);

  @Test
  void nothingThatWasAcceptedIsLostWhenTheServerIsKilledUnderLoad() throws Exception {
    Set<Job> accepted = ConcurrentHashMap.newKeySet();
    var enough = new CountDownLatch(500);
    var submitters = Executors.newFixedThreadPool(8);
    try (var redis = RedisProcess.start("--appendonly", "yes", "--appendfsync", "always");
        var store = TestStores.open(redis.uri())) {
      for (int i = 0; i < 8; i++) {
        submitters.submit(
            () -> {
              while (!Thread.currentThread().isInterrupted()) {
                Job job = job();
                if (store.add(job, request("{}"), AMPLE) instanceof Admission.Added) {
                  accepted.add(job);
                  enough.countDown();
                }
              }
              return null;
            });
      }
      enough.await();
      redis.kill();
      submitters.shutdown();
      assertThat(submitters.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
      redis.startAgain();

      onceItIsBack(store::counts);
      assertThat(accepted).hasSizeGreaterThanOrEqualTo(500);
      for (Job job : accepted) {
        assertThat(store.find(job.id())).contains(job);
      }
      // And each can be had once.
      Set<Job> claimed = ConcurrentHashMap.newKeySet();
      for (var some = store.claim(64, LEASE); !some.isEmpty(); some = store.claim(64, LEASE)) {
        some.forEach(each -> assertThat(claimed.add(each.job())).isTrue());
      }
      assertThat(claimed).containsAll(accepted.stream().map(Job::claimed).toList());
    } finally {
      submitters.shutdownNow();
    }
  }

  @Test
  void whoeverAsksWhileTheServerIsAwayIsToldSoAndEverythingWorksWhenItIsBack() throws Exception {
    try (var redis = RedisProcess.start("--appendonly", "yes", "--appendfsync", "always");
        var store = TestStores.open(redis.uri())) {
      var heard = new Heard();
      store.subscribe(heard);
      Job running = added(store);
      Lease lease = claimOne(store).lease();
      redis.kill();

      assertAway(store, lease);

      redis.startAgain();
      assertThat(onceItIsBack(() -> store.find(running.id()))).isPresent();
      assertThat(TestStores.complete(store, lease, answer("{}"))).isTrue();
      TestStores.until("news come again", () -> isHeard(heard, store));
    }
  }

  @Test
  void aClientThatWouldRatherWaitIsNotWaitedFor() throws Exception {
    try (var redis = RedisProcess.start("--appendonly", "yes", "--appendfsync", "always")) {
      // Keeps commands for as long as there is no connection, unless it is told otherwise.
      var client = RedisClient.create(redis.uri());
      try (var store =
          RedisJobStore.builder().client(client).keyring(TestStores.keyring()).build()) {
        Job running = added(store);
        Lease lease = claimOne(store).lease();
        redis.kill();
        TestStores.until("the client has noticed", () -> isRefusedWithoutAsking(store));

        assertAway(store, lease);

        redis.startAgain();
        assertThat(onceItIsBack(() -> store.find(running.id()))).isPresent();
        assertThat(TestStores.complete(store, lease, answer("{}"))).isTrue();
      } finally {
        client.shutdown();
      }
    }
  }

  @Test
  void aConnectionThatFellSilentForGoodIsReplaced() throws Exception {
    try (var redis = RedisProcess.start();
        var proxy = TestProxy.to(redis.port());
        var store =
            RedisJobStore.builder()
                .uri(proxy.uri())
                .keyring(TestStores.keyring())
                .timeout(SHORT)
                .build()) {
      var heard = new Heard();
      store.subscribe(heard);
      Job running = added(store);
      Lease lease = claimOne(store).lease();
      proxy.swallow();

      assertAway(store, lease);

      proxy.passNewConnections();
      assertThat(onceItIsBack(() -> store.find(running.id()))).isPresent();
      assertThat(TestStores.complete(store, lease, answer("{}"))).isTrue();
      TestStores.until("news come again", () -> isHeard(heard, store));
    }
  }

  @Test
  void whoeverListensIsToldThatSomethingMayHaveBeenMissed() throws Exception {
    var missed = new Semaphore(0);
    try (var redis = RedisProcess.start();
        var store = TestStores.open(redis.uri());
        var operator = RedisClient.create(redis.uri())) {
      store.subscribe(
          new JobListener() {
            @Override
            public void changed(UUID id, Change change) {}

            @Override
            public void missed() {
              missed.release();
            }
          });
      assertThat(missed.availablePermits()).isZero();

      long cut = operator.connect().sync().clientKill(KillArgs.Builder.typePubsub());

      assertThat(cut).isEqualTo(1);
      assertThat(missed.tryAcquire(TestStores.PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void aStoreWhoseServerIsAwayClosesAllTheSame() throws Exception {
    var redis = RedisProcess.start();
    var store = TestStores.open(redis.uri());
    redis.kill();

    store.close();

    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().startsWith("bifrost-async-store"));
  }

  private static void assertAway(RedisJobStore store, Lease lease) {
    assertThatThrownBy(() -> store.add(job(), request("{}"), AMPLE))
        .isInstanceOf(JobStoreException.class);
    assertThatThrownBy(() -> store.find(lease.jobId())).isInstanceOf(JobStoreException.class);
    assertThatThrownBy(() -> store.claim(1, LEASE)).isInstanceOf(JobStoreException.class);
    assertThatThrownBy(() -> store.renew(Set.of(lease), LEASE))
        .isInstanceOf(JobStoreException.class);
    assertThatThrownBy(store::counts).isInstanceOf(JobStoreException.class);
    assertThatThrownBy(store::removeExpired).isInstanceOf(JobStoreException.class);
    assertThatThrownBy(
            () ->
                store
                    .complete(lease, answer("{}"))
                    .toCompletableFuture()
                    .get(TestStores.PATIENCE_SECONDS, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOf(JobStoreException.class);
  }

  private static boolean isRefusedWithoutAsking(RedisJobStore store) {
    try {
      store.counts();
      return false;
    } catch (JobStoreException e) {
      return "Redis cannot be reached".equals(e.getMessage());
    }
  }

  private static boolean isHeard(Heard heard, RedisJobStore store) {
    Job job = added(store);
    return heard.hasHeardOf(job.id(), Change.PENDING);
  }
}

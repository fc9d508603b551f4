package io.bifrostfilter.store.jdbc;

import static io.bifrostfilter.store.jdbc.TestJobs.AMPLE;
import static io.bifrostfilter.store.jdbc.TestJobs.ANSWER;
import static io.bifrostfilter.store.jdbc.TestJobs.LEASE;
import static io.bifrostfilter.store.jdbc.TestJobs.job;
import static io.bifrostfilter.store.jdbc.TestJobs.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bifrostfilter.job.Job;
import io.bifrostfilter.store.ClaimedJob;
import io.bifrostfilter.store.JobListener.Change;
import io.bifrostfilter.store.JobStoreException;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Path;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A PostgreSQL that is away for a while. */
@Timeout(180)
class JdbcOutageTest {

  @TempDir Path directory;

  @Test
  void nothingIsLostWhenTheDatabaseIsRestartedUnderLoad() throws Exception {
    EmbeddedPostgres postgres = postgres(0);
    int port = postgres.getPort();
    var threads = Executors.newFixedThreadPool(4);
    try (var pool = TestDatabase.pool(postgres.getJdbcUrl("postgres", "postgres"));
        var store = TestDatabase.store(pool).build()) {
      Set<UUID> accepted = ConcurrentHashMap.newKeySet();
      var enough = new Semaphore(0);
      var stop = new Semaphore(0);
      for (int i = 0; i < 4; i++) {
        threads.submit(
            () -> {
              while (stop.availablePermits() == 0) {
                try {
                  accepted.add(add(store).id());
                  enough.release();
                } catch (JobStoreException e) {
                  stop.tryAcquire(10, TimeUnit.MILLISECONDS);
                }
              }
              return true;
            });
      }
      enough.acquire(200);
      postgres.close();
      assertAway(store);

      postgres = postgres(port);
      enough.drainPermits();
      enough.acquire(200);
      stop.release();
      threads.shutdown();
      assertThat(threads.awaitTermination(60, TimeUnit.SECONDS)).isTrue();

      for (UUID id : accepted) {
        assertThat(store.find(id)).isPresent();
      }
      // Some more may be there than were accepted: those whose answer was lost on the way.
      assertThat(store.counts().stored()).isGreaterThanOrEqualTo(accepted.size());
    } finally {
      threads.shutdownNow();
      postgres.close();
    }
  }

  @Test
  void callsEndWhenNothingComesThroughAndGoOnAfterwards() throws Exception {
    try (var postgres = postgres(0);
        var proxy = new TcpProxy(postgres.getPort());
        var pool =
            TestDatabase.pool(
                "jdbc:postgresql://127.0.0.1:" + proxy.port() + "/postgres?user=postgres");
        var store = TestDatabase.store(pool).build()) {
      add(store);
      ClaimedJob running = store.claim(1, LEASE).get(0);
      proxy.blackHole();

      // The timeout of this class would end them if they hung.
      assertThatThrownBy(() -> add(store)).isInstanceOf(JobStoreException.class);
      assertAway(store);
      assertThatThrownBy(() -> store.claim(1, LEASE)).isInstanceOf(JobStoreException.class);
      assertThatThrownBy(() -> complete(store, running)).isInstanceOf(JobStoreException.class);

      proxy.open();
      Eventually.succeeds(() -> assertThat(recorded(store, running)).isTrue());
      assertThat(store.find(running.job().id()).orElseThrow().result()).contains(ANSWER);
      Job job = add(store);
      assertThat(store.find(job.id())).contains(job);
    }
  }

  @Test
  void listenersHearAgainAfterAnOutageAndOfWhatWasDoneMeanwhile() throws Exception {
    try (var postgres = postgres(0);
        var proxy = new TcpProxy(postgres.getPort());
        var direct = TestDatabase.pool(postgres.getJdbcUrl("postgres", "postgres"));
        var pool =
            TestDatabase.pool(
                "jdbc:postgresql://127.0.0.1:" + proxy.port() + "/postgres?user=postgres");
        var worker = TestDatabase.store(direct).build();
        var poller = TestDatabase.store(pool).build()) {
      Set<UUID> done = ConcurrentHashMap.newKeySet();
      poller.subscribe(
          (id, change) -> {
            if (change == Change.DONE) {
              done.add(id);
            }
          });
      add(worker);
      ClaimedJob first = worker.claim(1, LEASE).get(0);
      proxy.blackHole();
      complete(worker, first);
      assertThat(done).isEmpty();

      proxy.open();
      Eventually.succeeds(() -> assertThat(done).contains(first.job().id()));
      Job job = add(worker);
      complete(worker, worker.claim(1, LEASE).get(0));
      Eventually.succeeds(() -> assertThat(done).contains(job.id()));
    }
  }

  private EmbeddedPostgres postgres(int port) throws Exception {
    return EmbeddedPostgres.builder()
        .setPort(port)
        .setDataDirectory(directory.resolve("data"))
        .setCleanDataDirectory(false)
        .start();
  }

  private static void assertAway(JdbcJobStore store) {
    assertThatThrownBy(() -> store.find(UUID.randomUUID())).isInstanceOf(JobStoreException.class);
  }

  private static Job add(JdbcJobStore store) {
    Job job = job();
    store.add(job, request("{}"), AMPLE);
    return job;
  }

  private static boolean complete(JdbcJobStore store, ClaimedJob claimed) throws Exception {
    try {
      return store
          .complete(claimed.lease(), ANSWER)
          .toCompletableFuture()
          .get(30, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw (Exception) e.getCause();
    }
  }

  /** Whether the outcome is recorded, by this try or one whose answer was lost. */
  private static boolean recorded(JdbcJobStore store, ClaimedJob claimed) {
    try {
      return complete(store, claimed) || store.find(claimed.job().id()).orElseThrow().isDone();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }
}

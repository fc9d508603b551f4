package io.bifrostfilter.store.jdbc;

import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.store.ClaimedJob;
import io.bifrostfilter.store.JobListener.Change;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;

/**
 * Measures the store on a PostgreSQL with default settings and prints what it finds. Not a test:
 *
 * <pre>
 *   ./mvnw -q -pl bifrost-filter-core test-compile dependency:build-classpath -Dmdep.outputFile=target/cp
 *   cd bifrost-filter-core; java -cp target/classes:target/test-classes:$(cat target/cp) \
 *     io.bifrostfilter.store.jdbc.JdbcStoreFigures [speed|expiry]
 * </pre>
 */
final class JdbcStoreFigures {

  private static final int JOBS = 20_000;
  private static final int EXPIRED = 1_000_000;
  private static final Outcome RESULT = TestJobs.answer("\"" + "x".repeat(1022) + "\"");

  private final DataSource pool;

  private JdbcStoreFigures(DataSource pool) {
    this.pool = pool;
  }

  public static void main(String[] arguments) throws Exception {
    try (var postgres = durable();
        var pool = TestDatabase.pool(postgres.getJdbcUrl("postgres", "postgres"))) {
      var figures = new JdbcStoreFigures(pool);
      for (int round = 1; round <= 3 && !List.of(arguments).contains("expiry"); round++) {
        System.out.println("round " + round);
        figures.submits();
        figures.drain();
        figures.latency();
      }
      if (!List.of(arguments).contains("speed")) {
        figures.expiry();
      }
    }
  }

  /** For tests it comes with settings under which no commit waits for the disk. */
  private static EmbeddedPostgres durable() throws IOException {
    return EmbeddedPostgres.builder()
        .setServerConfig("fsync", "on")
        .setServerConfig("synchronous_commit", "on")
        .start();
  }

  private void submits() throws Exception {
    try (var store = TestDatabase.store(pool).build()) {
      double rate = submitRate(store, JOBS);
      System.out.printf("  submits, 16 threads: %,.0f/s%n", rate);
    }
  }

  private static double submitRate(JdbcJobStore store, int jobs) throws Exception {
    var left = new AtomicInteger(jobs);
    long start = System.nanoTime();
    inThreads(
        16,
        () -> {
          while (left.getAndDecrement() > 0) {
            store.add(TestJobs.job(), TestJobs.request("{\"model\":\"m\"}"), TestJobs.AMPLE);
          }
          return true;
        });
    return jobs * 1e9 / (System.nanoTime() - start);
  }

  private void drain() throws Exception {
    try (var store = TestDatabase.store(pool).build()) {
      var slots = new Semaphore(64);
      var last = new ArrayList<CompletableFuture<Boolean>>();
      int done = 0;
      long start = System.nanoTime();
      while (true) {
        slots.acquire();
        int free = 1 + slots.drainPermits();
        List<ClaimedJob> claimed = store.claim(free, TestJobs.LEASE);
        slots.release(free - claimed.size());
        if (claimed.isEmpty()) {
          break;
        }
        done += claimed.size();
        for (ClaimedJob each : claimed) {
          last.add(
              store
                  .complete(each.lease(), RESULT)
                  .toCompletableFuture()
                  .whenComplete((recorded, failure) -> slots.release()));
        }
      }
      CompletableFuture.allOf(last.toArray(CompletableFuture[]::new)).join();
      double seconds = (System.nanoTime() - start) / 1e9;
      System.out.printf(
          "  drain of %,d no-op jobs, 1 KiB results: %,.0f/s%n", done, done / seconds);
    }
  }

  private void latency() throws Exception {
    try (var store = TestDatabase.store(pool).build()) {
      var woken = new Semaphore(0);
      store.subscribe(
          (id, change) -> {
            if (change == Change.PENDING) {
              woken.release();
            }
          });
      store.claim(64, TestJobs.LEASE);
      var nanos = new long[300];
      for (int i = 0; i < nanos.length; i++) {
        long start = System.nanoTime();
        var worker =
            CompletableFuture.supplyAsync(
                () -> {
                  woken.acquireUninterruptibly();
                  ClaimedJob job = store.claim(64, TestJobs.LEASE).get(0);
                  long started = System.nanoTime();
                  store.claim(64, TestJobs.LEASE);
                  store.complete(job.lease(), RESULT).toCompletableFuture().join();
                  return started;
                });
        store.add(TestJobs.job(), TestJobs.request("{}"), TestJobs.AMPLE);
        nanos[i] = worker.get(10, TimeUnit.SECONDS) - start;
      }
      Arrays.sort(nanos);
      System.out.printf(
          "  idle, submit to start: p50 %.2f ms, p99 %.2f ms%n",
          nanos[150] / 1e6, nanos[296] / 1e6);
    }
  }

  private void expiry() throws Exception {
    TestDatabase.store(pool).build().close();
    try (Connection connection = pool.getConnection();
        var statement = connection.createStatement()) {
      statement.execute("TRUNCATE bifrost_jobs, bifrost_requests, bifrost_results");
      statement.execute(
          "INSERT INTO bifrost_jobs (id, request_id, route, tag, ttl_ms, created_at, status,"
              + " attempts, lease_token, completed_at, expires_at, status_code) SELECT"
              + " gen_random_uuid(), 'r', 'chat/completions', '', 1000, i, 2, 1, 1, i, i + 1000,"
              + " 200 FROM generate_series(1, "
              + EXPIRED
              + ") i");
      statement.execute(
          "INSERT INTO bifrost_results SELECT id, decode(repeat('00', 1024), 'hex') FROM"
              + " bifrost_jobs");
      statement.execute("CHECKPOINT");
    }
    try (var store = TestDatabase.store(pool).build()) {
      System.out.printf("%,d expired rows%n", EXPIRED);
      System.out.printf(
          "  submits meanwhile nothing is removed: %,.0f/s%n", submitRate(store, JOBS));
      long start = System.nanoTime();
      long counting = System.nanoTime();
      store.counts();
      System.out.printf("  counts: %.1f ms%n", (System.nanoTime() - counting) / 1e6);
      store.removeExpired();
      while (anyExpired()) {
        double rate = submitRate(store, JOBS);
        System.out.printf("  submits while they are removed: %,.0f/s%n", rate);
      }
      System.out.printf("  removed in %.1f s%n", (System.nanoTime() - start) / 1e9);
      System.out.printf("  submits afterwards: %,.0f/s%n", submitRate(store, JOBS));
    }
  }

  private boolean anyExpired() throws Exception {
    try (Connection connection = pool.getConnection();
        var statement = connection.createStatement();
        var row =
            statement.executeQuery(
                "SELECT 1 FROM bifrost_jobs WHERE ended = 2"
                    + " AND expires_at <= 1000000 + 1000 LIMIT 1")) {
      return row.next();
    }
  }

  private static void inThreads(int count, Callable<Boolean> work) throws Exception {
    var threads = Executors.newFixedThreadPool(count);
    try {
      var all = new ArrayList<Callable<Boolean>>();
      for (int i = 0; i < count; i++) {
        all.add(work);
      }
      for (var each : threads.invokeAll(all)) {
        each.get();
      }
    } finally {
      threads.shutdown();
    }
  }
}

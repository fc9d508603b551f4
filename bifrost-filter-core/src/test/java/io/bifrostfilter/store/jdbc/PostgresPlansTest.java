package io.bifrostfilter.store.jdbc;

import static io.bifrostfilter.store.jdbc.TestJobs.AMPLE;
import static io.bifrostfilter.store.jdbc.TestJobs.ANSWER;
import static io.bifrostfilter.store.jdbc.TestJobs.LEASE;
import static io.bifrostfilter.store.jdbc.TestJobs.request;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.bifrostfilter.job.Failure;
import io.bifrostfilter.job.IdempotencyKey;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.store.ClaimedJob;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * PostgreSQL goes by statistics that may be a minute old, and keeps plans for longer. What it reads
 * must be what it was asked for, when tables that were all but empty are full.
 */
@Timeout(180)
class PostgresPlansTest {

  private static final int ROWS = 100_000;

  /** Enough for plans to be kept: the driver prepares at the 5th time, the server 5 times later. */
  private static final int TIMES = 40;

  /** Far more than these steps need, and less than one look through one table. */
  private static final long MOST_READ = ROWS / 2;

  private static final Outcome CANCELLED =
      new Outcome.Unanswered(Failure.CANCELLED, "The job was cancelled.");

  @Test
  void noStepReadsThroughTablesThatWereAllButEmptyWhenItsPlanWasMade() throws Exception {
    execute(TestDatabase.postgresUrl(), "DROP DATABASE IF EXISTS plans WITH (FORCE)");
    execute(TestDatabase.postgresUrl(), "CREATE DATABASE plans");
    String url = TestDatabase.postgresUrl().replace("/postgres?", "/plans?");
    try (var pool = fewConnections(url)) {
      long before;
      try (var store = TestDatabase.store(pool).build()) {
        // Nobody is to bring the statistics up to date, or to keep the files as long as they were.
        for (String table : new String[] {"jobs", "requests", "results"}) {
          execute(url, "ALTER TABLE bifrost_" + table + " SET (autovacuum_enabled = false)");
        }
        everyStep(store);
        execute(url, "VACUUM FULL ANALYZE");
        everyStep(store);
        fill(url);
        before = read(url);

        everyStep(store);
      }
      pool.close();
      // Connections tell what they have read when they end.
      Eventually.succeeds(() -> assertThat(others(url)).isZero());
      assertThat(read(url) - before).isBetween(1L, MOST_READ);
    }
  }

  private static void everyStep(JdbcJobStore store) throws Exception {
    for (int i = 0; i < TIMES; i++) {
      Job first = add(store);
      Job second = add(store);
      Job third = add(store);
      assertThat(store.find(first.id())).isPresent();
      ClaimedJob claimed = store.claim(1, LEASE).get(0);
      assertThat(store.renew(Set.of(claimed.lease()), LEASE)).isEmpty();
      assertThat(store.complete(claimed.lease(), ANSWER).toCompletableFuture().get()).isTrue();
      assertThat(store.find(first.id()).orElseThrow().isDone()).isTrue();
      assertThat(store.finish(second.id(), CANCELLED)).isPresent();
      assertThat(store.delete(third.id())).isTrue();
      store.recoverLapsed(3, CANCELLED);
      store.removeExpired();
      assertThat(store.newest(5)).isNotEmpty();
    }
  }

  private static Job add(JdbcJobStore store) {
    Job job = TestJobs.job(Duration.ofHours(1), new IdempotencyKey("" + UUID.randomUUID(), "f"));
    store.add(job, request("{}"), AMPLE);
    return job;
  }

  /** So few that each comes to keep its plans. */
  private static HikariDataSource fewConnections(String url) {
    var config = TestDatabase.config(url);
    config.setMaximumPoolSize(4);
    return new HikariDataSource(config);
  }

  private static void fill(String url) throws SQLException {
    execute(
        url,
        "INSERT INTO bifrost_jobs (id, request_id, route, tag, ttl_ms, created_at, status,"
            + " attempts, lease_token, completed_at, expires_at, status_code) SELECT"
            + " gen_random_uuid(), 'r', 'chat/completions', '', 1000, i, 2, 1, 1, i,"
            + " 99999999999999, 200 FROM generate_series(1, "
            + ROWS
            + ") i");
    for (String table : new String[] {"requests", "results"}) {
      execute(
          url,
          "INSERT INTO bifrost_"
              + table
              + " SELECT id, '\\x00' FROM bifrost_jobs WHERE attempts = 1"
              + " AND expires_at = 99999999999999");
    }
  }

  /** How many entries of tables and indexes were looked at. */
  private static long read(String url) throws SQLException {
    return number(
        url,
        "SELECT (SELECT sum(seq_tup_read) FROM pg_stat_user_tables WHERE relname LIKE 'bifrost%')"
            + " + (SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname LIKE"
            + " 'bifrost%')");
  }

  private static long others(String url) {
    try {
      return number(
          url,
          "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
              + " AND pid <> pg_backend_pid() AND backend_type = 'client backend'");
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  private static void execute(String url, String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static long number(String url, String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url);
        var statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    }
  }
}

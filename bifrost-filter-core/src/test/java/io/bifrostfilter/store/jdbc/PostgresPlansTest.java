package io.bifrostfilter.store.jdbc;

import static io.bifrostfilter.store.jdbc.TestJobs.AMPLE;
import static io.bifrostfilter.store.jdbc.TestJobs.ANSWER;
import static io.bifrostfilter.store.jdbc.TestJobs.LEASE;
import static io.bifrostfilter.store.jdbc.TestJobs.request;
import static org.assertj.core.api.Assertions.assertThat;

import com.zaxxer.hikari.HikariDataSource;
import io.bifrostfilter.delivery.Attempt;
import io.bifrostfilter.delivery.AttemptOutcome;
import io.bifrostfilter.delivery.ClaimedDelivery;
import io.bifrostfilter.delivery.Endpoint;
import io.bifrostfilter.delivery.EndpointSettings;
import io.bifrostfilter.job.Failure;
import io.bifrostfilter.job.IdempotencyKey;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.store.ClaimedJob;
import io.bifrostfilter.store.WebhookStore;
import java.net.URI;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
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
        for (String table :
            new String[] {"jobs", "requests", "results", "deliveries", "attempts"}) {
          execute(url, "ALTER TABLE bifrost_" + table + " SET (autovacuum_enabled = false)");
        }
        Endpoint endpoint = endpoint();
        store.webhooks().orElseThrow().add(endpoint);
        everyStep(store, endpoint);
        execute(url, "VACUUM FULL ANALYZE");
        everyStep(store, endpoint);
        fill(url, endpoint);
        before = read(url);

        everyStep(store, endpoint);
      }
      pool.close();
      // Connections tell what they have read when they end.
      Eventually.succeeds(() -> assertThat(others(url)).isZero());
      assertThat(read(url) - before).isBetween(1L, MOST_READ);
    }
  }

  private static void everyStep(JdbcJobStore store, Endpoint endpoint) throws Exception {
    for (int i = 0; i < TIMES; i++) {
      Job first = add(store, endpoint);
      Job second = add(store, endpoint);
      Job third = add(store, endpoint);
      assertThat(store.find(first.id())).isPresent();
      ClaimedJob claimed = store.claim(1, LEASE).get(0);
      assertThat(store.renew(Set.of(claimed.lease()), LEASE)).isEmpty();
      assertThat(store.complete(claimed.lease(), ANSWER).toCompletableFuture().get()).isTrue();
      assertThat(store.find(first.id()).orElseThrow().isDone()).isTrue();
      assertThat(store.finish(second.id(), CANCELLED)).isPresent();
      assertThat(store.delete(third.id())).isTrue();
      deliver(store.webhooks().orElseThrow(), endpoint);
      store.recoverLapsed(3, CANCELLED);
      store.removeExpired();
      assertThat(store.newest(5)).isNotEmpty();
    }
  }

  /** Of the two that are done. */
  private static void deliver(WebhookStore webhooks, Endpoint endpoint) {
    assertThat(webhooks.endpointsDue()).containsExactly(endpoint.id());
    List<ClaimedDelivery> claimed = webhooks.claim(endpoint.id(), 10, LEASE);
    assertThat(claimed).hasSize(2);
    for (ClaimedDelivery each : claimed) {
      var attempt = Attempt.of(each, AttemptOutcome.DELIVERED, 204, null, Instant.now());
      assertThat(webhooks.record(each, attempt, null)).isTrue();
    }
  }

  private static Endpoint endpoint() {
    return Endpoint.create(
        UUID.randomUUID(),
        false,
        "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        EndpointSettings.builder("one", URI.create("https://hooks.example/jobs")).build(),
        Instant.now());
  }

  private static Job add(JdbcJobStore store, Endpoint endpoint) {
    Job job =
        TestJobs.job(Duration.ofHours(1), new IdempotencyKey("" + UUID.randomUUID(), "f"))
            .telling(endpoint.id());
    store.add(job, request("{}"), AMPLE);
    return job;
  }

  /** So few that each comes to keep its plans. */
  private static HikariDataSource fewConnections(String url) {
    var config = TestDatabase.config(url);
    config.setMaximumPoolSize(4);
    return new HikariDataSource(config);
  }

  private static void fill(String url, Endpoint endpoint) throws SQLException {
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
    execute(
        url,
        "INSERT INTO bifrost_deliveries (webhook_id, endpoint_id, job_id, request_id, route,"
            + " status, status_code, completed_at, result_expires_at, attempt_no, due_at,"
            + " lease_token) SELECT 'evt_' || id, '"
            + endpoint.id()
            + "', id, 'r', 'r', 2, 200, completed_at, expires_at, 1, 9223372036854775807, 1"
            + " FROM bifrost_jobs WHERE attempts = 1 AND expires_at = 99999999999999");
    execute(
        url,
        "INSERT INTO bifrost_attempts (id, webhook_id, endpoint_id, job_id, request_id, event,"
            + " attempt_no, outcome, created_at) SELECT gen_random_uuid(), webhook_id,"
            + " endpoint_id, job_id, 'r', 'async_job.completed', 1, 'delivered', completed_at"
            + " FROM bifrost_deliveries WHERE attempt_no = 1 AND result_expires_at ="
            + " 99999999999999");
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

package io.bifrostfilter.store.jdbc;

import static io.bifrostfilter.store.jdbc.TestJobs.AMPLE;
import static io.bifrostfilter.store.jdbc.TestJobs.ANSWER;
import static io.bifrostfilter.store.jdbc.TestJobs.LEASE;
import static io.bifrostfilter.store.jdbc.TestJobs.job;
import static io.bifrostfilter.store.jdbc.TestJobs.request;
import static io.bifrostfilter.testing.InThreads.inThreads;
import static io.bifrostfilter.testing.Proxies.proxy;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariDataSource;
import io.bifrostfilter.delivery.Attempt;
import io.bifrostfilter.delivery.AttemptOutcome;
import io.bifrostfilter.delivery.ClaimedDelivery;
import io.bifrostfilter.delivery.Endpoint;
import io.bifrostfilter.delivery.EndpointSettings;
import io.bifrostfilter.delivery.UnreadableEndpoint;
import io.bifrostfilter.job.Failure;
import io.bifrostfilter.job.Headers;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.store.ClaimedJob;
import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.JobStoreException;
import io.bifrostfilter.store.UnreadableEndpointException;
import io.bifrostfilter.store.WebhookStore;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is more than the contract: several nodes on one PostgreSQL, and what lies in its tables. */
class JdbcWebhookStoreTest {

  private static final String SECRET = "whsec_dGhlLXNlY3JldC1rZXk";

  private final DataSource postgres = TestDatabase.postgres();
  private JdbcJobStore jobs;
  private JdbcJobStore other;
  private WebhookStore webhooks;

  @BeforeEach
  void open() throws SQLException {
    jobs = TestDatabase.store(postgres).build();
    TestDatabase.clear(postgres, "bifrost_");
    other = TestDatabase.store(postgres).build();
    webhooks = webhooks(jobs);
  }

  @AfterEach
  void close() {
    jobs.close();
    other.close();
  }

  // ---- queueing

  @Test
  @Timeout(120)
  void everyJobThatIsDoneHasItsDeliveryThoughConnectionsAreKilledAllTheTime() throws Exception {
    Endpoint endpoint = added("one");
    HikariDataSource mortal =
        TestDatabase.pool(TestDatabase.postgresUrl() + "&ApplicationName=mortal-webhooks");
    JdbcJobStore store = TestDatabase.store(mortal).build();
    var stop = new Semaphore(0);
    var killer = Executors.newSingleThreadExecutor();
    Future<?> killing =
        killer.submit(
            () -> {
              while (!stop.tryAcquire(50, TimeUnit.MILLISECONDS)) {
                number(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <>"
                        + " pg_backend_pid() AND application_name = 'mortal-webhooks'");
              }
              return true;
            });
    inThreads(
        4,
        () -> {
          int done = 0;
          while (done < 50) {
            try {
              add(store, endpoint);
              for (ClaimedJob claimed : store.claim(3, LEASE)) {
                complete(store, claimed);
                done++;
              }
            } catch (JobStoreException e) {
              // It is away just now, and may be there the next time.
              stop.tryAcquire(10, TimeUnit.MILLISECONDS);
            }
          }
          return true;
        });
    stop.release();
    killing.get(30, TimeUnit.SECONDS);
    killer.shutdown();
    store.close();
    mortal.close();

    assertThat(number("SELECT count(*) FROM bifrost_jobs WHERE status >= 2"))
        .isGreaterThanOrEqualTo(200);
    assertThat(
            number(
                "SELECT count(*) FROM bifrost_jobs j LEFT JOIN bifrost_deliveries d ON d.job_id ="
                    + " j.id WHERE (j.status >= 2) <> (d.job_id IS NOT NULL)"))
        .isZero();
  }

  @Test
  void aJobWhoseRequestCannotBeReadIsToldOf() throws Exception {
    Endpoint endpoint = added("one");
    add(jobs, endpoint);
    execute("UPDATE bifrost_requests SET sealed = set_byte(sealed, 40, get_byte(sealed, 40) # 1)");

    assertThat(jobs.claim(1, LEASE)).isEmpty();

    Eventually.succeeds(() -> assertThat(webhooks.endpointsDue()).containsExactly(endpoint.id()));
    assertThat(webhooks.claim(endpoint.id(), 1, LEASE).get(0).delivery().statusCode())
        .isEqualTo(500);
  }

  @Test
  void aJobWithoutAWebhookCostsNoStatement() throws Exception {
    var statements = new CopyOnWriteArrayList<String>();
    try (var store = TestDatabase.store(spiedOn(TestDatabase.h2(), statements)).build()) {
      Job cancelled = job();
      store.add(job(), request("{}"), AMPLE);
      List<ClaimedJob> claimed = store.claim(1, LEASE);
      store.add(cancelled, request("{}"), AMPLE);
      statements.clear();

      complete(store, claimed.get(0));
      store.finish(cancelled.id(), new Outcome.Unanswered(Failure.CANCELLED, "Cancelled."));

      assertThat(statements).filteredOn(each -> each.startsWith("UPDATE bifrost_jobs")).hasSize(2);
      assertThat(statements).filteredOn(each -> each.contains("bifrost_deliveries")).isEmpty();
    }
  }

  // ---- many nodes

  @Test
  void eachDeliveryIsClaimedByOneNode() throws Exception {
    Endpoint endpoint = added("one");
    for (int i = 0; i < 100; i++) {
      add(jobs, endpoint);
    }
    for (List<ClaimedJob> some = jobs.claim(20, LEASE);
        !some.isEmpty();
        some = jobs.claim(20, LEASE)) {
      for (ClaimedJob each : some) {
        complete(jobs, each);
      }
    }

    List<List<UUID>> claims =
        inThreads(
            4,
            () -> {
              try (var node = TestDatabase.store(postgres).build()) {
                var mine = new ArrayList<UUID>();
                List<ClaimedDelivery> some = webhooks(node).claim(endpoint.id(), 7, LEASE);
                while (!some.isEmpty()) {
                  some.forEach(each -> mine.add(each.delivery().jobId()));
                  some = webhooks(node).claim(endpoint.id(), 7, LEASE);
                }
                return mine;
              }
            });

    assertThat(claims.stream().flatMap(List::stream)).hasSize(100).doesNotHaveDuplicates();
  }

  @Test
  void anEndpointIsTheSameToEveryNode() {
    Endpoint endpoint = added("one");

    assertThat(webhooks(other).find(endpoint.id())).contains(endpoint);
    assertThat(webhooks(other).add(endpoint("one"))).isFalse();
  }

  // ---- what cannot be read

  @Test
  void anEndpointThatCannotBeReadHarmsNoOtherAndWhatWaitsForItIsKept() throws Exception {
    Endpoint good = added("good");
    Endpoint bad = added("bad");
    done(good);
    done(bad);
    tamperWith(bad);

    assertThat(webhooks.endpoints()).containsExactly(good);
    assertThatThrownBy(() -> webhooks.find(bad.id()))
        .isInstanceOf(JobStoreException.class)
        .hasMessageContaining(bad.id().toString());
    assertThatThrownBy(() -> webhooks.findByName("bad"))
        .isInstanceOf(UnreadableEndpointException.class);
    assertThat(webhooks.unreadableEndpoints())
        .containsExactly(new UnreadableEndpoint(bad.id(), bad.name(), bad.version(), bad.health()));
    assertThat(webhooks.add(endpoint("bad"))).isFalse();
    assertThat(webhooks.endpointsDue()).containsExactly(good.id());

    tamperWith(bad);
    assertThat(webhooks.endpointsDue()).containsExactlyInAnyOrder(good.id(), bad.id());
    assertThat(webhooks.find(bad.id())).contains(bad);
  }

  @Test
  void anEndpointThatCannotBeReadCanBeDeleted() throws Exception {
    Endpoint bad = added("bad");
    done(bad);
    tamperWith(bad);

    assertThat(webhooks.delete(bad.id())).isTrue();

    assertThat(rows("deliveries")).isZero();
    assertThat(webhooks.add(endpoint("bad"))).isTrue();
  }

  @Test
  void aDumpOfTheTablesShowsNoSecretNoUrlAndNoHeaderValue() throws Exception {
    Endpoint endpoint = added("billing");
    done(endpoint);
    ClaimedDelivery claimed = webhooks.claim(endpoint.id(), 1, LEASE).get(0);
    webhooks.record(claimed, attempt(claimed), null);

    String dump = dump();

    assertThat(dump).contains("billing").contains(claimed.webhookId()).contains("exhausted");
    for (String secret : List.of(SECRET.substring(6), "hooks.example", "header-value")) {
      assertThat(dump)
          .doesNotContain(secret)
          .doesNotContain(HexFormat.of().formatHex(secret.getBytes(StandardCharsets.UTF_8)));
    }
  }

  // ---- much of it

  @Test
  void muchHistoryIsRemovedInStepsAndWithItsEndpoint() throws Exception {
    Endpoint endpoint = added("one");
    execute(
        "INSERT INTO bifrost_deliveries (webhook_id, endpoint_id, job_id, request_id, route,"
            + " status, status_code, completed_at, result_expires_at, attempt_no, due_at,"
            + " lease_token) SELECT 'evt_' || i, '"
            + endpoint.id()
            + "', gen_random_uuid(), 'r', 'r', 2, 200, i, i, 1, 9223372036854775807, 1"
            + " FROM generate_series(1, 2500) i");
    execute(
        "INSERT INTO bifrost_attempts (id, webhook_id, endpoint_id, job_id, request_id, event,"
            + " attempt_no, outcome, created_at) SELECT gen_random_uuid(), webhook_id,"
            + " endpoint_id, job_id, 'r', 'async_job.completed', 1, 'delivered', completed_at"
            + " FROM bifrost_deliveries");
    assertThat(webhooks.endpointsDue()).isEmpty();

    // Each call stops after a while.
    Eventually.succeeds(
        () -> {
          webhooks.removeAttemptsBefore(Instant.ofEpochMilli(1201));
          assertThat(webhooks.attemptCount(endpoint.id())).isEqualTo(1300);
        });
    assertThat(rows("deliveries")).isEqualTo(1300);
    assertThat(webhooks.attempts(endpoint.id(), 1299, 10)).hasSize(1);

    webhooks.delete(endpoint.id());
    assertThat(rows("attempts")).isZero();
    assertThat(rows("deliveries")).isZero();
  }

  // ---- help

  private static WebhookStore webhooks(JobStore store) {
    return store.webhooks().orElseThrow();
  }

  private static Endpoint endpoint(String name) {
    return Endpoint.create(
        UUID.randomUUID(),
        false,
        SECRET,
        EndpointSettings.builder(name, URI.create("https://hooks.example/path?token=t"))
            .headers(Headers.of("X-Team", "header-value"))
            .build(),
        Instant.now());
  }

  private Endpoint added(String name) {
    Endpoint endpoint = endpoint(name);
    assertThat(webhooks.add(endpoint)).isTrue();
    return endpoint;
  }

  private static void add(JdbcJobStore store, Endpoint endpoint) {
    store.add(job().telling(endpoint.id()), request("{}"), AMPLE);
  }

  /** A job that is done, and that the endpoint is to be told of. */
  private void done(Endpoint endpoint) throws Exception {
    add(jobs, endpoint);
    complete(jobs, jobs.claim(1, LEASE).get(0));
  }

  private static Attempt attempt(ClaimedDelivery claimed) {
    return Attempt.of(claimed, AttemptOutcome.EXHAUSTED, 500, null, Instant.now());
  }

  private static void complete(JdbcJobStore store, ClaimedJob claimed) throws Exception {
    try {
      store.complete(claimed.lease(), ANSWER).toCompletableFuture().get(30, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw (Exception) e.getCause();
    }
  }

  /** Changes a bit of the endpoint's row; done again, it is as it was. */
  private void tamperWith(Endpoint endpoint) throws SQLException {
    execute(
        "UPDATE bifrost_endpoints SET sealed = set_byte(sealed, 40, get_byte(sealed, 40) # 1)"
            + " WHERE id = '"
            + endpoint.id()
            + "'");
  }

  /** Notes what is prepared. */
  private static DataSource spiedOn(DataSource real, List<String> statements) {
    return proxy(
        DataSource.class,
        (method, arguments) -> {
          Object result = method.invoke(real, arguments);
          return result instanceof Connection connection ? spiedOn(connection, statements) : result;
        });
  }

  private static Connection spiedOn(Connection real, List<String> statements) {
    return proxy(
        Connection.class,
        (method, arguments) -> {
          if (arguments != null && arguments[0] instanceof String sql) {
            statements.add(sql);
          }
          return method.invoke(real, arguments);
        });
  }

  private long rows(String table) {
    return number("SELECT count(*) FROM bifrost_" + table);
  }

  private long number(String sql) {
    return TestDatabase.number(postgres, sql);
  }

  private void execute(String sql) throws SQLException {
    try (Connection connection = postgres.getConnection();
        var statement = connection.createStatement()) {
      assertThat(statement.executeUpdate(sql)).isPositive();
    }
  }

  private String dump() throws SQLException {
    var dump = new StringBuilder();
    try (Connection connection = postgres.getConnection();
        var statement = connection.createStatement()) {
      for (String table : List.of("endpoints", "deliveries", "attempts")) {
        try (ResultSet rows =
            statement.executeQuery("SELECT t::text FROM bifrost_" + table + " t")) {
          while (rows.next()) {
            dump.append(rows.getString(1)).append('\n');
          }
        }
      }
    }
    return dump.toString();
  }
}

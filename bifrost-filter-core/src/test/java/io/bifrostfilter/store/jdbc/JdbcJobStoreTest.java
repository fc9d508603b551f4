package io.bifrostfilter.store.jdbc;

import static io.bifrostfilter.store.jdbc.TestJobs.AMPLE;
import static io.bifrostfilter.store.jdbc.TestJobs.ANSWER;
import static io.bifrostfilter.store.jdbc.TestJobs.LEASE;
import static io.bifrostfilter.store.jdbc.TestJobs.answer;
import static io.bifrostfilter.store.jdbc.TestJobs.job;
import static io.bifrostfilter.store.jdbc.TestJobs.request;
import static io.bifrostfilter.testing.InThreads.inThreads;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.bifrostfilter.job.Failure;
import io.bifrostfilter.job.IdempotencyKey;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.JobStatus;
import io.bifrostfilter.job.Lease;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.store.Admission;
import io.bifrostfilter.store.ClaimedJob;
import io.bifrostfilter.store.JobListener.Change;
import io.bifrostfilter.store.JobStoreException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is more than the contract: several nodes on one PostgreSQL, and what lies in its tables. */
class JdbcJobStoreTest {

  private final DataSource postgres = TestDatabase.postgres();
  private JdbcJobStore one;
  private JdbcJobStore other;

  @BeforeEach
  void open() throws SQLException {
    one = TestDatabase.store(postgres).build();
    TestDatabase.clear(postgres, "bifrost_");
    other = TestDatabase.store(postgres).build();
  }

  @AfterEach
  void close() {
    one.close();
    other.close();
  }

  // ---- many nodes

  @Test
  void eachJobRunsOnceHoweverManyNodesRaceForIt() throws Exception {
    Set<UUID> all = new HashSet<>();
    for (List<UUID> some : inThreads(10, () -> addTo(one, 500))) {
      all.addAll(some);
    }

    List<List<UUID>> runs =
        inThreads(
            10,
            () -> {
              try (var node = TestDatabase.store(postgres).build()) {
                return drained(node);
              }
            });

    assertThat(runs.stream().flatMap(List::stream).toList())
        .hasSize(5_000)
        .containsExactlyInAnyOrderElementsOf(all);
    assertThat(one.counts().completed()).isEqualTo(5_000);
  }

  @Test
  void aNodeIsToldOfWhatAnotherDoes() throws Exception {
    Told told = toldToTheOther();
    Job job = add(one);
    told.awaits(job.id(), Change.PENDING);

    ClaimedJob claimed = other.claim(1, LEASE).get(0);
    assertThat(claimed.job().id()).isEqualTo(job.id());
    one.finish(job.id(), new Outcome.Unanswered(Failure.CANCELLED, "Cancelled."));
    told.awaits(job.id(), Change.DONE);

    one.delete(job.id());
    told.awaits(job.id(), Change.DELETED);
  }

  @Test
  void aJobIsTheSameToEveryNode() throws Exception {
    Job job = add(one);
    assertThat(other.find(job.id())).contains(job);

    complete(one, claimedBy(one), ANSWER);

    assertThat(other.find(job.id())).isEqualTo(one.find(job.id())).isPresent();
  }

  @Test
  void aJobIsNeverCompletedBeforeItWasCreatedHoweverFarAheadTheClockOfItsNodeIs() throws Exception {
    Instant ahead = Instant.now().plusSeconds(3600);
    Job job =
        Job.pending(
            UUID.randomUUID(), "r", "embeddings", null, null, null, Duration.ofHours(1), ahead);
    one.add(job, request("{}"), AMPLE);

    complete(one, claimedBy(one), ANSWER);

    Job done = one.find(job.id()).orElseThrow();
    assertThat(done.whenCompleted()).isEqualTo(job.createdAt());
    assertThat(done.whenExpires()).isEqualTo(job.createdAt().plus(Duration.ofHours(1)));
  }

  // ---- written as claimed

  @Test
  void aJobIsWrittenAsClaimedWhenTheWorkerHasRoomAndIsPendingUntilTheWorkerComesForIt()
      throws Exception {
    assertThat(one.claim(2, LEASE)).isEmpty();
    Job job = add(one);

    assertThat(statusOf(job)).isEqualTo(1);
    assertThat(one.find(job.id())).contains(job);
    assertThat(one.counts().waiting()).isEqualTo(1);
    assertThat(one.counts().running()).isZero();
    assertThat(other.claim(10, LEASE)).isEmpty();

    ClaimedJob claimed = one.claim(5, LEASE).get(0);
    assertThat(claimed.job()).isEqualTo(job.claimed());
    assertThat(one.find(job.id())).contains(job.claimed());
    assertThat(complete(one, claimed, ANSWER)).isTrue();
    assertThat(one.find(job.id()).orElseThrow().attempts()).isEqualTo(1);
  }

  @Test
  void noMoreJobsAreWrittenAsClaimedThanTheWorkerAskedFor() throws Exception {
    one.claim(2, LEASE);
    List<Job> jobs = List.of(add(one), add(one), add(one));

    assertThat(jobs).extracting(this::statusOf).containsExactly(1, 1, 0);
    add(one);
    // What waits comes first from now on, whatever the worker would take.
    assertThat(one.claim(10, LEASE)).hasSize(2);
    assertThat(one.claim(1, LEASE)).hasSize(1);
    assertThat(statusOf(add(one))).isZero();
  }

  @Test
  void aJobThatTheWorkerDoesNotComeForIsGivenToAnother() throws Exception {
    Told told = toldToTheOther();
    one.claim(1, LEASE);
    Job job = add(one);
    assertThat(other.claim(1, LEASE)).isEmpty();

    told.awaits(job.id(), Change.PENDING);

    ClaimedJob claimed = other.claim(1, LEASE).get(0);
    assertThat(claimed.job()).isEqualTo(job.claimed());
    assertThat(one.find(job.id())).contains(job.claimed());
    assertThat(one.claim(1, LEASE)).isEmpty();
  }

  @Test
  void aStoreThatIsClosedGivesBackWhatTheWorkerHasNotComeFor() throws Exception {
    one.claim(1, LEASE);
    Job job = add(one);

    one.close();

    assertThat(other.claim(1, LEASE)).extracting(ClaimedJob::job).containsExactly(job.claimed());
  }

  @Test
  void aCancelBeforeTheWorkerComesIsAsIfTheJobHadNeverBeenClaimed() throws Exception {
    one.claim(1, LEASE);
    Job job = add(one);

    one.finish(job.id(), new Outcome.Unanswered(Failure.CANCELLED, "Cancelled."));

    assertThat(one.find(job.id()).orElseThrow().attempts()).isZero();
    assertThat(one.claim(1, LEASE)).isEmpty();
  }

  @Test
  void aJobThatWasDeletedBeforeTheWorkerComesIsNotGivenOut() throws Exception {
    one.claim(1, LEASE);
    Job job = add(one);

    assertThat(one.delete(job.id())).isTrue();

    assertThat(one.claim(1, LEASE)).isEmpty();
  }

  // ---- one transaction for many

  @Test
  void aJobThatCannotBeWrittenHarmsNoOtherOfItsCommit() throws Exception {
    var outcomes = new ConcurrentHashMap<UUID, Boolean>();
    inThreads(
        8,
        () -> {
          for (int i = 0; i < 50; i++) {
            // PostgreSQL has no text with a NUL.
            boolean bad = i % 10 == 5;
            var job =
                Job.pending(
                    UUID.randomUUID(),
                    bad ? "\0" : "r",
                    "embeddings",
                    null,
                    null,
                    null,
                    Duration.ofHours(1),
                    Instant.now());
            try {
              one.add(job, request("{}"), AMPLE);
              outcomes.put(job.id(), true);
              assertThat(bad).isFalse();
            } catch (JobStoreException e) {
              assertThat(bad).isTrue();
            }
          }
          return true;
        });

    assertThat(outcomes).hasSize(8 * 45);
    assertThat(drained(other)).containsExactlyInAnyOrderElementsOf(outcomes.keySet());
  }

  @Test
  void keysThatAreTakenConcernNoOtherJobOfTheirCommit() throws Exception {
    List<List<Admission>> all =
        inThreads(
            8,
            () -> {
              var mine = new ArrayList<Admission>();
              for (int i = 0; i < 50; i++) {
                var key = i % 2 == 0 ? new IdempotencyKey("key-" + i, "body") : null;
                JdbcJobStore node = i % 3 == 0 ? one : other;
                mine.add(node.add(job(Duration.ofHours(1), key), request("{}"), AMPLE));
              }
              return mine;
            });

    List<Admission> admissions = all.stream().flatMap(List::stream).toList();
    assertThat(admissions.stream().filter(Admission.Added.class::isInstance)).hasSize(8 * 25 + 25);
    assertThat(admissions.stream().filter(Admission.Replayed.class::isInstance)).hasSize(7 * 25);
    assertThat(one.counts().waiting()).isEqualTo(8 * 25 + 25);
  }

  @Test
  void whatWasAcceptedIsThereThoughConnectionsAreKilledAllTheTime() throws Exception {
    var accepted = ConcurrentHashMap.<UUID>newKeySet();
    var results = ConcurrentHashMap.<UUID>newKeySet();
    var stop = new Semaphore(0);
    other.close();
    // A pool of its own, whose connections no other test gets.
    HikariDataSource mortal =
        TestDatabase.pool(TestDatabase.postgresUrl() + "&ApplicationName=mortal");
    JdbcJobStore store = TestDatabase.store(mortal).build();
    Future<?> killer =
        Executors.newSingleThreadExecutor()
            .submit(
                () -> {
                  while (!stop.tryAcquire(50, TimeUnit.MILLISECONDS)) {
                    killConnections();
                  }
                  return true;
                });
    inThreads(
        8,
        () -> {
          for (int mine = 0; mine < 30; ) {
            try {
              accepted.add(add(store).id());
              mine++;
              for (ClaimedJob claimed : store.claim(3, LEASE)) {
                if (complete(store, claimed, answer("1"))) {
                  results.add(claimed.job().id());
                }
              }
            } catch (JobStoreException e) {
              // It is away just now, and is there soon.
              LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
            }
          }
          return true;
        });
    stop.release();
    killer.get(30, TimeUnit.SECONDS);

    assertThat(accepted).isNotEmpty();
    Eventually.succeeds(() -> assertThat(store.find(UUID.randomUUID())).isEmpty());
    store.close();
    mortal.close();
    assertThat(results).isNotEmpty();
    assertThat(accepted).allSatisfy(id -> assertThat(one.find(id)).isPresent());
    assertThat(results)
        .allSatisfy(id -> assertThat(one.find(id).orElseThrow().result()).contains(answer("1")));
  }

  // ---- what cannot be read

  @Test
  void aJobWhoseRequestWasTamperedWithFailsAndNoOther() throws Exception {
    Job good = add(one);
    Job bad = add(one);
    Job missing = add(one);
    sql("UPDATE bifrost_requests SET sealed = set_byte(sealed, 40, get_byte(sealed, 40) # 1)", bad);
    sql("DELETE FROM bifrost_requests", missing);
    var told = new Told(one);

    assertThat(one.claim(10, LEASE)).extracting(each -> each.job().id()).containsExactly(good.id());

    told.awaits(bad.id(), Change.DONE);
    assertUnreadable(bad, "The stored request cannot be read: it was changed after it was stored.");
    told.awaits(missing.id(), Change.DONE);
    assertUnreadable(missing, "The stored request cannot be read: it is missing.");
  }

  @Test
  void aJobWhoseResultWasTamperedWithShowsAsFailed() throws Exception {
    Job job = add(one);
    Job unharmed = add(one);
    for (ClaimedJob claimed : one.claim(2, LEASE)) {
      complete(one, claimed, ANSWER);
    }
    sql("UPDATE bifrost_results SET sealed = set_byte(sealed, 40, get_byte(sealed, 40) # 1)", job);

    assertUnreadable(job, "The stored result cannot be read: it was changed after it was stored.");
    assertThat(one.find(unharmed.id()).orElseThrow().result()).contains(ANSWER);
  }

  @Test
  void nobodyGetsAResultByMakingARowTheirOwn() throws Exception {
    Job done = add(one);
    complete(one, one.claim(1, LEASE).get(0), ANSWER);
    Job waiting = add(one);
    for (Job job : List.of(done, waiting)) {
      steal(job);
    }

    assertUnreadable(done, "The stored job cannot be trusted: it was changed after it was stored.");
    var told = new Told(one);
    assertThat(one.claim(10, LEASE)).isEmpty();
    told.awaits(waiting.id(), Change.DONE);
    assertUnreadable(
        waiting, "The stored job cannot be trusted: it was changed after it was stored.");
  }

  @Test
  void aResultThatWasPutIntoAnotherRowIsNoticed() throws Exception {
    Job job = add(one);
    Job victim = add(one);
    for (ClaimedJob claimed : one.claim(2, LEASE)) {
      complete(one, claimed, ANSWER);
    }
    sql(
        "UPDATE bifrost_results SET sealed = (SELECT sealed FROM bifrost_results WHERE job_id = '"
            + job.id()
            + "')",
        victim);

    assertUnreadable(
        victim, "The stored result cannot be read: it was changed after it was stored.");
  }

  @Test
  void aDumpOfTheTablesShowsNoPromptNoCredentialAndNoResult() throws Exception {
    one.add(job(), request("{\"prompt\":\"tell-me-a-secret\"}"), AMPLE);
    complete(one, claimedBy(one), answer("\"the-secret-answer\""));
    one.add(job(), request("{\"prompt\":\"tell-me-a-secret\"}"), AMPLE);

    String dump = dump();

    assertThat(dump).contains("chat/completions");
    for (String secret : List.of("tell-me-a-secret", "the-secret-answer", "my-secret-key")) {
      assertThat(dump)
          .doesNotContain(secret)
          .doesNotContain(HexFormat.of().formatHex(secret.getBytes(StandardCharsets.UTF_8)));
    }
  }

  @Test
  void aRequestIsGoneWhenItsJobIsDone() throws Exception {
    add(one);
    complete(one, claimedBy(one), ANSWER);
    one.finish(add(one).id(), new Outcome.Unanswered(Failure.CANCELLED, "Cancelled."));
    one.delete(add(one).id());

    assertThat(rows("requests")).isZero();
    assertThat(rows("results")).isEqualTo(2);
    assertThat(rows("jobs")).isEqualTo(2);
  }

  // ---- time and housekeeping

  @Test
  void whatHasExpiredIsRemovedHoweverMuchItIs() throws Exception {
    try (Connection connection = postgres.getConnection();
        var statement = connection.createStatement()) {
      statement.execute(
          "INSERT INTO bifrost_jobs (id, request_id, route, tag, ttl_ms, created_at, status,"
              + " attempts, lease_token, completed_at, expires_at, status_code) SELECT"
              + " gen_random_uuid(), 'r', 'r', '', 1000, i, 2, 1, 1, i, i + 1000, 200 FROM"
              + " generate_series(1, 20000) i");
      statement.execute("INSERT INTO bifrost_results SELECT id, '\\x00' FROM bifrost_jobs");
    }
    Job live = add(one);

    one.removeExpired();

    Eventually.succeeds(() -> assertThat(rows("jobs")).isEqualTo(1));
    assertThat(rows("results")).isZero();
    assertThat(one.find(live.id())).contains(live);
  }

  @Test
  void whatIsBeingRemovedHoldsNobodyUp() throws Exception {
    sqlOn(
        postgres,
        "INSERT INTO bifrost_jobs (id, request_id, route, tag, ttl_ms, created_at, status,"
            + " attempts, lease_token, completed_at, expires_at, status_code) SELECT"
            + " gen_random_uuid(), 'r', 'r', '', 1000, i, 2, 1, 1, i, i + 1000, 200 FROM"
            + " generate_series(1, 1000) i");
    Job first = add(one);
    try (Connection connection = postgres.getConnection();
        var statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("DELETE FROM bifrost_jobs WHERE expires_at < 1501");

      // Whoever waited for that transaction would be given up after five seconds.
      one.removeExpired();
      ClaimedJob claimed = claimedBy(one);
      complete(one, claimed, ANSWER);
      add(one);
      assertThat(claimed.job().id()).isEqualTo(first.id());
      assertThat(one.counts().waiting()).isEqualTo(1);
      connection.rollback();
    }
    assertThat(rows("jobs")).isEqualTo(502);
  }

  @Test
  void aTableThatWasEmptiedAndFillsAgainIsNotReadThrough() throws Exception {
    for (int i = 0; i < 30; i++) {
      add(one);
      complete(one, claimedBy(one), ANSWER);
    }
    TestDatabase.clear(postgres, "bifrost_");
    try (Connection connection = postgres.getConnection();
        var statement = connection.createStatement()) {
      statement.execute("VACUUM ANALYZE bifrost_jobs, bifrost_requests, bifrost_results");
    }
    for (int i = 0; i < 30; i++) {
      add(one);
      complete(one, claimedBy(one), ANSWER);
    }
    inThreads(8, () -> addTo(one, 500));
    long before = pagesReadThrough();
    for (int i = 0; i < 30; i++) {
      complete(one, claimedBy(one), ANSWER);
    }

    Eventually.succeeds(() -> assertThat(statisticsAreIn()).isTrue());
    // A scan of the table for each of 30 completions would have read 30 times 4,000 rows.
    assertThat(pagesReadThrough() - before).isLessThan(30 * 4_000);
  }

  @Test
  void theThreadsEndWithTheStore() {
    one.close();
    other.close();

    assertThat(Thread.getAllStackTraces().keySet())
        .filteredOn(thread -> thread.getName().startsWith("bifrost-async-store-"))
        .isEmpty();
    assertThatThrownBy(() -> add(one)).isInstanceOf(JobStoreException.class);
  }

  @Test
  void aConnectionGoesBackAsItCame() throws Exception {
    HikariConfig config = TestDatabase.config(TestDatabase.postgresUrl());
    config.setMaximumPoolSize(6);
    config.setReadOnly(true);
    config.setAutoCommit(false);
    config.setTransactionIsolation("TRANSACTION_REPEATABLE_READ");
    try (var pool = new HikariDataSource(config)) {
      try (var store = TestDatabase.store(pool).build()) {
        Job job = add(store);
        complete(store, claimedBy(store), ANSWER);
        assertThat(store.find(job.id()).orElseThrow().isDone()).isTrue();
      }
      try (Connection connection = pool.getConnection();
          var statement = connection.createStatement();
          ResultSet row = statement.executeQuery("SELECT count(*) FROM pg_listening_channels()")) {
        row.next();
        assertThat(row.getInt(1)).isZero();
        assertThat(connection.isReadOnly()).isTrue();
        assertThat(connection.getAutoCommit()).isFalse();
        assertThat(connection.getTransactionIsolation())
            .isEqualTo(Connection.TRANSACTION_REPEATABLE_READ);
      }
    }
  }

  @Test
  void theSettingsOfAStatementEndWithIt() throws Exception {
    HikariConfig config = TestDatabase.config(TestDatabase.postgresUrl());
    config.setMaximumPoolSize(4);
    try (var pool = new HikariDataSource(config)) {
      try (var store = TestDatabase.store(pool).build()) {
        add(store);
        complete(store, claimedBy(store), ANSWER);
      }
      var connections = new ArrayList<Connection>();
      for (int i = 0; i < config.getMaximumPoolSize(); i++) {
        connections.add(pool.getConnection());
      }
      for (Connection each : connections) {
        try (each;
            var statement = each.createStatement();
            ResultSet row =
                statement.executeQuery(
                    "SELECT string_agg(name, ', ') FROM pg_settings WHERE setting <> reset_val"
                        + " AND (category LIKE 'Query Tuning%' OR name = 'synchronous_commit')")) {
          row.next();
          assertThat(row.getString(1)).isNull();
        }
      }
    }
  }

  // ---- help

  private Job add(JdbcJobStore store) {
    Job job = job();
    assertThat(store.add(job, request("{}"), AMPLE)).isEqualTo(new Admission.Added(job));
    return job;
  }

  private List<UUID> addTo(JdbcJobStore store, int count) {
    var ids = new ArrayList<UUID>();
    for (int i = 0; i < count; i++) {
      ids.add(add(store).id());
    }
    return ids;
  }

  private static ClaimedJob claimedBy(JdbcJobStore store) {
    return store.claim(1, LEASE).get(0);
  }

  private static List<UUID> drained(JdbcJobStore node) throws Exception {
    var mine = new ArrayList<UUID>();
    while (true) {
      List<ClaimedJob> some = node.claim(16, LEASE);
      if (some.isEmpty()) {
        return mine;
      }
      var recorded = new ArrayList<CompletableFuture<Boolean>>();
      for (ClaimedJob each : some) {
        mine.add(each.job().id());
        recorded.add(node.complete(each.lease(), ANSWER).toCompletableFuture());
      }
      for (CompletableFuture<Boolean> each : recorded) {
        assertThat(each.get(30, TimeUnit.SECONDS)).isTrue();
      }
    }
  }

  private static boolean complete(JdbcJobStore store, ClaimedJob claimed, Outcome outcome)
      throws Exception {
    return complete(store, claimed.lease(), outcome);
  }

  private static boolean complete(JdbcJobStore store, Lease lease, Outcome outcome)
      throws Exception {
    try {
      return store.complete(lease, outcome).toCompletableFuture().get(30, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw (Exception) e.getCause();
    }
  }

  private void assertUnreadable(Job job, String message) {
    Job failed = one.find(job.id()).orElseThrow();
    assertThat(failed.status()).isEqualTo(JobStatus.FAILED);
    assertThat(failed.result()).contains(new Outcome.Unanswered(Failure.WORKER_LOST, message));
  }

  private int statusOf(Job job) {
    return (int) number("SELECT status FROM bifrost_jobs WHERE id = '" + job.id() + "'");
  }

  private long rows(String table) {
    return number("SELECT count(*) FROM bifrost_" + table);
  }

  private long pagesReadThrough() {
    return number(
        "SELECT sum(seq_tup_read) FROM pg_stat_user_tables WHERE relname IN ('bifrost_requests',"
            + " 'bifrost_results')");
  }

  private boolean statisticsAreIn() {
    return number("SELECT n_tup_ins FROM pg_stat_user_tables WHERE relname = 'bifrost_results'")
        > 0;
  }

  private void killConnections() {
    number(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <>"
            + " pg_backend_pid() AND application_name = 'mortal'");
  }

  private long number(String sql) {
    return TestDatabase.number(postgres, sql);
  }

  /** Runs a statement on what belongs to one job. */
  private void steal(Job job) throws SQLException {
    try (Connection connection = postgres.getConnection();
        var update =
            connection.prepareStatement(
                "UPDATE bifrost_jobs SET owner = 'mallory' WHERE id = '" + job.id() + "'")) {
      assertThat(update.executeUpdate()).isEqualTo(1);
    }
  }

  private static void sqlOn(DataSource database, String sql) throws SQLException {
    try (Connection connection = database.getConnection();
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private void sql(String statement, Job job) throws SQLException {
    try (Connection connection = postgres.getConnection();
        var update =
            connection.prepareStatement(statement + " WHERE job_id = '" + job.id() + "'")) {
      assertThat(update.executeUpdate()).isEqualTo(1);
    }
  }

  private String dump() throws SQLException {
    var dump = new StringBuilder();
    try (Connection connection = postgres.getConnection();
        var statement = connection.createStatement()) {
      for (String table : List.of("jobs", "requests", "results")) {
        try (ResultSet rows =
            statement.executeQuery(
                "SELECT t::text, encode(t::text::bytea, 'escape') FROM bifrost_" + table + " t")) {
          while (rows.next()) {
            dump.append(rows.getString(1)).append(rows.getString(2)).append('\n');
          }
        }
      }
    }
    return dump.toString();
  }

  /** Waits for news. */
  /** What one node has to tell: it does so once it knows that the other listens. */
  private Told toldToTheOther() throws Exception {
    var told = new Told(other);
    Job probe;
    do {
      probe = add(one);
      one.delete(probe.id());
    } while (!told.hears(probe.id(), Change.DELETED));
    return told;
  }

  private static final class Told {

    private record News(UUID id, Change change) {}

    private final LinkedBlockingQueue<News> all = new LinkedBlockingQueue<>();
    private final List<News> passed = new ArrayList<>();

    Told(JdbcJobStore store) {
      store.subscribe((id, change) -> all.add(new News(id, change)));
    }

    /** What is told of others meanwhile is kept for when it is asked for. */
    void awaits(UUID id, Change change) throws InterruptedException {
      var awaited = new News(id, change);
      while (!passed.remove(awaited)) {
        News next = all.poll(30, TimeUnit.SECONDS);
        assertThat(next).as("%s of %s, after %s", change, id, passed).isNotNull();
        passed.add(next);
      }
    }

    boolean hears(UUID id, Change change) throws InterruptedException {
      News next = all.poll(1, TimeUnit.SECONDS);
      while (next != null && !next.equals(new News(id, change))) {
        next = all.poll(1, TimeUnit.SECONDS);
      }
      return next != null;
    }
  }
}

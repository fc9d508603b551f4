package io.bifrostfilter.store.jdbc;

import io.bifrostfilter.delivery.Delivery;
import io.bifrostfilter.job.JobStatus;
import io.bifrostfilter.job.JobSummary;
import io.bifrostfilter.job.Lease;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The SQL. Each method is a step of a transaction that whoever calls it commits; many of them are
 * one statement. Every transition is a conditional update whose row count says whether it was made.
 *
 * <p>All times are computed by the database. Texts do not vary, so that statements stay prepared.
 */
abstract class JobTables {

  /** The row that says so has not expired. */
  private static final String LIVE = "(j.expires_at IS NULL OR j.expires_at > {now})";

  private static final String FINISH =
      "UPDATE {p}jobs SET status = ?, status_code = ?, attempts = attempts - ?, leased_until ="
          + " NULL, completed_at = GREATEST({now}, created_at),"
          + " expires_at = GREATEST({now}, created_at) + ttl_ms WHERE id = ? ";

  /** What a delivery has of its job: this, from the table of jobs, behind the webhook id. */
  static final String DELIVERY_OF_JOB =
      "webhook, id, request_id, route, status, status_code, completed_at, expires_at, 1, {now}, 0";

  static final String QUEUE_DELIVERIES =
      "INSERT INTO {p}deliveries (webhook_id, endpoint_id, job_id, request_id, route, status,"
          + " status_code, completed_at, result_expires_at, attempt_no, due_at, lease_token)";

  private final SqlText sql;

  JobTables(SqlText sql) {
    this.sql = sql;
  }

  static JobTables of(SqlText sql) {
    return sql.dialect() == Dialect.POSTGRESQL
        ? new PostgresJobTables(sql)
        : new StandardJobTables(sql);
  }

  // ---- what databases do differently

  /**
   * @return the ids of those that were inserted; the others have an idempotency key that is taken
   */
  abstract Set<UUID> insert(Connection connection, List<JobRecord> jobs) throws SQLException;

  /**
   * What {@link #insert}, {@link #claim} and {@link #complete} need around them, each by itself.
   */
  abstract TransactionKind aroundEach();

  /**
   * A condition for the jobs of one status, as an index has it; in templates {@code {pending}} and
   * {@code {processing}}.
   */
  abstract String indexed(JobStatus status);

  /**
   * An order for jobs that are not done, as that index has it; in templates {@code {oldest}}. Not
   * by the number alone where the primary key would do, which has all that are done as well.
   */
  abstract String oldestFirst();

  /** Prepares a query by a key, which an index has. */
  abstract PreparedStatement prepareLookUp(Connection connection, String template)
      throws SQLException;

  /** Executes such a query. */
  abstract ResultSet lookUp(PreparedStatement statement) throws SQLException;

  /** Takes pending jobs, oldest first, and gives them with their requests. */
  abstract List<JobRow> claim(Connection connection, int max, Duration lease) throws SQLException;

  /** Writes outcomes, as far as their leases hold, and queues the deliveries that they give. */
  abstract Ended complete(Connection connection, List<Completion> completions) throws SQLException;

  /**
   * What {@link #complete} has done.
   *
   * @param leases those that held, whose outcomes are written
   * @param queued whether there is a delivery among what that gave
   */
  record Ended(Set<Lease> leases, boolean queued) {}

  /**
   * @return how many were removed, {@code max} if there may be more
   */
  abstract int removeExpired(Connection connection, int max) throws SQLException;

  // ---- what they all do alike

  /** The job, with its result if it is done. */
  Optional<JobRow> find(Connection connection, UUID id) throws SQLException {
    try (var statement = prepareSelect(connection, "j.id = ?")) {
      dialect().setId(statement, 1, id);
      return one(statement);
    }
  }

  Optional<JobRow> findByScope(Connection connection, String scope) throws SQLException {
    try (var statement = prepareSelect(connection, "j.key_scope = ?")) {
      statement.setString(1, scope);
      return one(statement);
    }
  }

  /** Takes the key from a job that has expired, but is still there. */
  void freeKeyOfExpired(Connection connection, String scope) throws SQLException {
    try (var statement =
        prepare(
            connection,
            "UPDATE {p}jobs SET key_scope = NULL, key_fingerprint = NULL"
                + " WHERE key_scope = ? AND expires_at <= {now}")) {
      statement.setString(1, scope);
      statement.executeUpdate();
    }
  }

  /** Extends leases, and gives those back that are no longer the jobs'. */
  Set<Lease> renew(Connection connection, Collection<Lease> leases, Duration duration)
      throws SQLException {
    // In one order, so that those who lock several rows do not wait for each other.
    List<Lease> ordered = leases.stream().sorted(Comparator.comparing(Lease::jobId)).toList();
    try (var statement =
        prepare(
            connection,
            "UPDATE {p}jobs SET leased_until = {now} + ?"
                + " WHERE id = ? AND status = 1 AND lease_token = ?")) {
      List<Lease> held =
          changed(
              statement,
              ordered,
              lease -> {
                statement.setLong(1, duration.toMillis());
                setLease(statement, 2, lease);
              });
      var lost = new HashSet<Lease>(ordered);
      held.forEach(lost::remove);
      return lost;
    }
  }

  /**
   * Lets jobs wait again, if they are still held under these leases.
   *
   * @param uncounted attempts that do not count
   * @return the ids of those that do
   */
  Set<UUID> giveBack(Connection connection, Collection<Lease> leases, int uncounted)
      throws SQLException {
    try (var statement =
        prepare(
            connection,
            "UPDATE {p}jobs SET status = 0, attempts = attempts - ?, leased_until = NULL"
                + " WHERE id = ? AND status = 1 AND lease_token = ?")) {
      return changed(
              statement,
              List.copyOf(leases),
              lease -> {
                statement.setInt(1, uncounted);
                setLease(statement, 2, lease);
              })
          .stream()
          .map(Lease::jobId)
          .collect(Collectors.toSet());
    }
  }

  /**
   * Finishes a job that is not done, and queues its delivery if it has a webhook.
   *
   * @param uncounted attempts that do not count
   */
  boolean finish(Connection connection, Completion end, int uncounted) throws SQLException {
    UUID id = end.lease().jobId();
    boolean quiet = finish(connection, end, uncounted, "webhook IS NULL");
    if (!quiet && !finish(connection, end, uncounted, "webhook IS NOT NULL")) {
      return false;
    }
    insertResults(connection, List.of(end));
    deleteByJob(connection, "requests", List.of(id));
    queueDeliveries(connection, quiet ? List.of() : List.of(id));
    return true;
  }

  private boolean finish(Connection connection, Completion end, int uncounted, String which)
      throws SQLException {
    try (var statement = prepare(connection, FINISH + "AND status < 2 AND " + which)) {
      setFinish(statement, end, uncounted);
      return statement.executeUpdate() != 0;
    }
  }

  /** Removes a job and all that belongs to it, unless it has expired. */
  boolean delete(Connection connection, UUID id) throws SQLException {
    try (var statement =
        prepare(
            connection,
            "DELETE FROM {p}jobs WHERE id = ? AND (expires_at IS NULL OR expires_at > {now})")) {
      dialect().setId(statement, 1, id);
      if (statement.executeUpdate() == 0) {
        return false;
      }
    }
    deleteByJob(connection, "requests", List.of(id));
    deleteByJob(connection, "results", List.of(id));
    return true;
  }

  /** A lease that has lapsed, and how often its job was claimed. */
  record Lapsed(Lease lease, int attempts) {}

  /** Locks jobs whose leases have lapsed; those that others have locked are taken care of. */
  List<Lapsed> lockLapsed(Connection connection, int max) throws SQLException {
    try (var statement =
        prepare(
            connection,
            "SELECT id, lease_token, attempts FROM {p}jobs"
                + " WHERE {processing} AND leased_until <= {now}"
                + " ORDER BY {oldest} LIMIT ? FOR UPDATE SKIP LOCKED")) {
      statement.setInt(1, max);
      var lapsed = new ArrayList<Lapsed>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          var lease = new Lease(dialect().getId(rows, "id"), rows.getLong("lease_token"));
          lapsed.add(new Lapsed(lease, rows.getInt("attempts")));
        }
      }
      return lapsed;
    }
  }

  /** How many jobs of each owner wait; those of nobody are under null. */
  Map<@Nullable String, Long> waitingByOwner(Connection connection) throws SQLException {
    try (var statement =
            prepare(
                connection, "SELECT owner, COUNT(*) FROM {p}jobs WHERE {pending} GROUP BY owner");
        ResultSet rows = statement.executeQuery()) {
      var counts = new HashMap<@Nullable String, Long>();
      while (rows.next()) {
        counts.put(rows.getString(1), rows.getLong(2));
      }
      return counts;
    }
  }

  /** How many jobs there are of one status. */
  long count(Connection connection, JobStatus status, long upTo) throws SQLException {
    try (var statement =
        prepare(
            connection,
            "SELECT COUNT(*) FROM (SELECT 1 FROM {p}jobs WHERE "
                + indexed(status)
                + " LIMIT ?) counted")) {
      statement.setLong(1, upTo);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    }
  }

  /** The jobs that were added last, the last one first. */
  List<JobSummary> newest(Connection connection, int max) throws SQLException {
    try (var statement =
        prepare(
            connection,
            "SELECT id, route, model, status, created_at, attempts, status_code FROM {p}jobs j"
                + " WHERE "
                + LIVE
                + " ORDER BY seq DESC LIMIT ?")) {
      statement.setInt(1, max);
      var newest = new ArrayList<JobSummary>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          newest.add(
              new JobSummary(
                  dialect().getId(rows, "id"),
                  rows.getString("route"),
                  rows.getString("model"),
                  JobRow.status(rows.getInt("status")),
                  Instant.ofEpochMilli(rows.getLong("created_at")),
                  rows.getInt("attempts"),
                  rows.getObject("status_code", Integer.class)));
        }
      }
      return newest;
    }
  }

  /** The database's time, and the jobs that are done since another time, in their order. */
  List<News> doneSince(Connection connection, long since, int max) throws SQLException {
    return news(
        connection,
        "SELECT id, completed_at FROM {p}jobs WHERE completed_at >= ?"
            + " ORDER BY completed_at LIMIT ?",
        since,
        max);
  }

  /** The jobs that wait and were added after another, in their order. */
  List<News> pendingAfter(Connection connection, long seq, int max) throws SQLException {
    return news(
        connection,
        "SELECT id, seq FROM {p}jobs WHERE {pending} AND seq > ? ORDER BY {oldest} LIMIT ?",
        seq,
        max);
  }

  /** A job that has changed, and where that is in the order of changes. */
  record News(UUID id, long position) {}

  long now(Connection connection) throws SQLException {
    try (var statement = prepare(connection, "SELECT {now}");
        ResultSet row = statement.executeQuery()) {
      row.next();
      return row.getLong(1);
    }
  }

  long lastSeq(Connection connection) throws SQLException {
    try (var statement = prepare(connection, "SELECT MAX(seq) FROM {p}jobs");
        ResultSet row = statement.executeQuery()) {
      row.next();
      return row.getLong(1);
    }
  }

  // ---- help for the dialects

  final Dialect dialect() {
    return sql.dialect();
  }

  final PreparedStatement prepare(Connection connection, String template) throws SQLException {
    return sql.prepare(connection, withColumns(template));
  }

  private PreparedStatement prepareSelect(Connection connection, String which) throws SQLException {
    return prepareLookUp(connection, "{select} WHERE " + which + " AND " + LIVE);
  }

  private String withColumns(String template) {
    return template
        .replace("{pending}", indexed(JobStatus.PENDING))
        .replace("{processing}", indexed(JobStatus.PROCESSING))
        .replace("{oldest}", oldestFirst())
        .replace(
            "{select}",
            "SELECT {columns}, r.sealed FROM {p}jobs j LEFT JOIN {p}results r ON r.job_id = j.id")
        .replace("{columns}", JobRow.COLUMNS);
  }

  /**
   * Ends jobs whose leases hold.
   *
   * @param which a condition for their rows
   * @return the leases of those that it has ended
   */
  final Set<Lease> completeEach(Connection connection, List<Completion> completions, String which)
      throws SQLException {
    try (var statement =
        prepare(connection, FINISH + "AND status = 1 AND lease_token = ? AND " + which)) {
      return changed(
              statement,
              completions,
              each -> {
                setFinish(statement, each, 0);
                statement.setLong(5, each.lease().token());
              })
          .stream()
          .map(Completion::lease)
          .collect(Collectors.toSet());
    }
  }

  final <T> List<T> changed(PreparedStatement statement, List<T> all, SqlText.Values<T> values)
      throws SQLException {
    return sql.changed(statement, all, values);
  }

  /** Queues the deliveries of jobs that are done and have webhooks. */
  final void queueDeliveries(Connection connection, Collection<UUID> ids) throws SQLException {
    if (ids.isEmpty()) {
      return;
    }
    try (var statement =
        prepare(
            connection,
            QUEUE_DELIVERIES + " SELECT ?, " + DELIVERY_OF_JOB + " FROM {p}jobs WHERE id = ?")) {
      for (UUID id : ids) {
        statement.setString(1, Delivery.webhookIdOf(id));
        dialect().setId(statement, 2, id);
        statement.addBatch();
      }
      statement.executeBatch();
    }
  }

  final void insertResults(Connection connection, List<Completion> completions)
      throws SQLException {
    try (var statement =
        prepare(connection, "INSERT INTO {p}results (job_id, sealed) VALUES (?, ?)")) {
      for (Completion each : completions) {
        dialect().setId(statement, 1, each.lease().jobId());
        statement.setBytes(2, each.sealed().bytes);
        statement.addBatch();
      }
      statement.executeBatch();
    }
  }

  final void deleteByJob(Connection connection, String table, Collection<UUID> ids)
      throws SQLException {
    try (var statement = prepare(connection, "DELETE FROM {p}" + table + " WHERE job_id = ?")) {
      for (UUID id : ids) {
        dialect().setId(statement, 1, id);
        statement.addBatch();
      }
      statement.executeBatch();
    }
  }

  static void setNullable(PreparedStatement statement, int index, @Nullable String text)
      throws SQLException {
    if (text == null) {
      statement.setNull(index, Types.VARCHAR);
    } else {
      statement.setString(index, text);
    }
  }

  private void setFinish(PreparedStatement statement, Completion end, int uncounted)
      throws SQLException {
    statement.setInt(1, JobRow.code(end.status()));
    statement.setInt(2, end.statusCode());
    statement.setInt(3, uncounted);
    dialect().setId(statement, 4, end.lease().jobId());
  }

  private void setLease(PreparedStatement statement, int index, Lease lease) throws SQLException {
    dialect().setId(statement, index, lease.jobId());
    statement.setLong(index + 1, lease.token());
  }

  private Optional<JobRow> one(PreparedStatement statement) throws SQLException {
    try (ResultSet row = lookUp(statement)) {
      return row.next()
          ? Optional.of(JobRow.read(row, dialect(), Sealed.orNull(row.getBytes("sealed"))))
          : Optional.empty();
    }
  }

  private List<News> news(Connection connection, String template, long after, int max)
      throws SQLException {
    try (var statement = prepare(connection, template)) {
      statement.setLong(1, after);
      statement.setInt(2, max);
      var news = new ArrayList<News>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          news.add(new News(dialect().getId(rows, "id"), rows.getLong(2)));
        }
      }
      return news;
    }
  }
}

package io.bifrostfilter.store.jdbc;

import io.bifrostfilter.delivery.Delivery;
import io.bifrostfilter.job.IdempotencyKey;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.JobStatus;
import io.bifrostfilter.job.Lease;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/** In PostgreSQL's SQL: many rows are arrays of one statement, which writes all the tables. */
final class PostgresJobTables extends JobTables {

  /** The rows, in their order, and the jobs of them. */
  private static final String INSERT_JOBS =
      "WITH n AS (SELECT * FROM unnest(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) WITH"
          + " ORDINALITY AS n (id, request_id, route, model, owner, key_scope, key_fingerprint,"
          + " webhook, tag, ttl_ms, created_at, claims, lease_ms, sealed, position)),"
          + " j AS (INSERT INTO {p}jobs (id, request_id, route, model, owner, key_scope,"
          + " key_fingerprint, webhook, tag, ttl_ms, created_at, status, attempts, lease_token,"
          + " leased_until) SELECT id, request_id, route, model, owner, key_scope,"
          + " key_fingerprint, webhook, tag, ttl_ms, created_at, claims, claims, claims,"
          + " {now} + lease_ms FROM n ORDER BY position";

  private static final String INSERT =
      INSERT_JOBS
          + ") INSERT INTO {p}requests (job_id, sealed) SELECT id, sealed FROM n"
          + " RETURNING job_id";

  private static final String INSERT_UNLESS_KEY_IS_TAKEN =
      INSERT_JOBS
          + " ON CONFLICT (key_scope) WHERE key_scope IS NOT NULL DO NOTHING RETURNING id)"
          + " INSERT INTO {p}requests (job_id, sealed) SELECT n.id, n.sealed FROM n"
          + " JOIN j ON j.id = n.id RETURNING job_id";

  PostgresJobTables(SqlText sql) {
    super(sql);
  }

  /** Whether a key is taken is looked at only where there is one; an id never is. */
  @Override
  Set<UUID> insert(Connection connection, List<JobRecord> jobs) throws SQLException {
    boolean anyKey = jobs.stream().anyMatch(each -> each.job().idempotencyKey() != null);
    try (var statement = prepare(connection, anyKey ? INSERT_UNLESS_KEY_IS_TAKEN : INSERT)) {
      setArray(statement, 1, "uuid", jobs, each -> each.job().id());
      setArray(statement, 2, "text", jobs, each -> each.job().requestId());
      setArray(statement, 3, "text", jobs, each -> each.job().route());
      setArray(statement, 4, "text", jobs, each -> each.job().model());
      setArray(statement, 5, "text", jobs, each -> each.job().owner());
      setArray(statement, 6, "text", jobs, each -> key(each.job(), IdempotencyKey::scope));
      setArray(statement, 7, "text", jobs, each -> key(each.job(), IdempotencyKey::fingerprint));
      setArray(statement, 8, "uuid", jobs, each -> each.job().webhook());
      setArray(statement, 9, "text", jobs, JobRecord::tag);
      setArray(statement, 10, "int8", jobs, each -> each.job().resultTtl().toMillis());
      setArray(statement, 11, "int8", jobs, each -> each.job().createdAt().toEpochMilli());
      setArray(statement, 12, "int4", jobs, each -> each.lease() == null ? 0 : 1);
      setArray(statement, 13, "int8", jobs, PostgresJobTables::leaseMillis);
      setSealed(statement, 14, jobs, JobRecord::sealed);
      return ids(statement);
    }
  }

  @Override
  TransactionKind aroundEach() {
    return TransactionKind.NONE;
  }

  /** The status itself is in no index, since a claim that changed one would cost several times. */
  @Override
  String indexed(JobStatus status) {
    int code = JobRow.code(status);
    return status.isDone() ? "ended = " + code : "ended IS NULL AND status = " + code;
  }

  @Override
  String oldestFirst() {
    return "ended, seq";
  }

  /** With a plan that is kept: to plan takes several times as long as to look one job up. */
  @Override
  PreparedStatement prepareLookUp(Connection connection, String template) throws SQLException {
    return prepareWith(TransactionKind.ROUTINE, connection, template);
  }

  @Override
  ResultSet lookUp(PreparedStatement statement) throws SQLException {
    return executeBehindSettings(statement);
  }

  /**
   * {@inheritDoc}
   *
   * <p>A server that crashes may forget a claim, since nobody waits until it is on the disk. The
   * token is raised by a random number, so that the next claim is not given the same.
   */
  @Override
  List<JobRow> claim(Connection connection, int max, Duration lease) throws SQLException {
    try (var statement =
        prepareWith(
            TransactionKind.RELAXED,
            connection,
            "WITH c AS (SELECT seq FROM {p}jobs WHERE {pending}"
                + " ORDER BY {oldest} LIMIT ? FOR UPDATE SKIP LOCKED),"
                + " j AS (UPDATE {p}jobs j SET status = 1, attempts = attempts + 1,"
                + " lease_token = lease_token + 1 + CAST(floor(random() * 1000000000) AS bigint),"
                + " leased_until = {now} + ?"
                + " FROM c WHERE j.seq = c.seq RETURNING j.*)"
                + " SELECT {columns}, r.sealed FROM j"
                + " LEFT JOIN {p}requests r ON r.job_id = j.id ORDER BY j.seq")) {
      statement.setInt(1, max);
      statement.setLong(2, lease.toMillis());
      var claimed = new ArrayList<JobRow>();
      try (ResultSet rows = executeBehindSettings(statement)) {
        while (rows.next()) {
          claimed.add(JobRow.read(rows, dialect(), Sealed.orNull(rows.getBytes("sealed"))));
        }
      }
      return claimed;
    }
  }

  @Override
  Ended complete(Connection connection, List<Completion> completions) throws SQLException {
    try (var statement =
        prepareWith(
            TransactionKind.ROUTINE,
            connection,
            "WITH o AS (SELECT * FROM unnest(?, ?, ?, ?, ?, ?)"
                + " AS o (id, token, status, status_code, webhook_id, sealed)),"
                + " j AS (UPDATE {p}jobs j SET status = o.status, status_code = o.status_code,"
                + " leased_until = NULL, completed_at = GREATEST({now}, created_at),"
                + " expires_at = GREATEST({now}, created_at) + ttl_ms"
                + " FROM o WHERE j.id = o.id AND j.status = 1 AND j.lease_token = o.token"
                + " RETURNING j.*, o.webhook_id, o.sealed),"
                + " r AS (INSERT INTO {p}results (job_id, sealed) SELECT id, sealed FROM j),"
                + " d AS (DELETE FROM {p}requests q USING j WHERE q.job_id = j.id),"
                + " w AS ("
                + QUEUE_DELIVERIES
                + " SELECT webhook_id, "
                + DELIVERY_OF_JOB
                + " FROM j WHERE webhook IS NOT NULL)"
                + " SELECT id, lease_token, webhook IS NOT NULL FROM j")) {
      setArray(statement, 1, "uuid", completions, each -> each.lease().jobId());
      setArray(statement, 2, "int8", completions, each -> each.lease().token());
      setArray(statement, 3, "int4", completions, each -> JobRow.code(each.status()));
      setArray(statement, 4, "int4", completions, Completion::statusCode);
      setArray(statement, 5, "text", completions, PostgresJobTables::webhookId);
      setSealed(statement, 6, completions, Completion::sealed);
      var done = new HashSet<Lease>();
      boolean queued = false;
      try (ResultSet rows = executeBehindSettings(statement)) {
        while (rows.next()) {
          done.add(new Lease(rows.getObject(1, UUID.class), rows.getLong(2)));
          queued |= rows.getBoolean(3);
        }
      }
      return new Ended(done, queued);
    }
  }

  /** A statement with settings in front of it, which hold until its transaction ends. */
  private PreparedStatement prepareWith(
      TransactionKind settings, Connection connection, String template) throws SQLException {
    return prepare(connection, Dialect.settings(settings) + "; " + template);
  }

  private static ResultSet executeBehindSettings(PreparedStatement statement) throws SQLException {
    // What the settings give is the first result.
    statement.execute();
    statement.getMoreResults();
    return statement.getResultSet();
  }

  @Override
  int removeExpired(Connection connection, int max) throws SQLException {
    int completed = removeExpired(connection, JobStatus.COMPLETED, max);
    return completed + removeExpired(connection, JobStatus.FAILED, max - completed);
  }

  /** Of one status, so that the index gives them in order, and no more of them than are wanted. */
  private int removeExpired(Connection connection, JobStatus status, int max) throws SQLException {
    Set<UUID> expired;
    try (var statement =
        prepare(
            connection,
            "SELECT id FROM {p}jobs WHERE "
                + indexed(status)
                + " AND expires_at <= {now}"
                + " ORDER BY expires_at LIMIT ? FOR UPDATE SKIP LOCKED")) {
      statement.setInt(1, max);
      expired = ids(statement);
    }
    if (!expired.isEmpty()) {
      deleteAll(connection, "DELETE FROM {p}jobs WHERE id = ANY (?)", expired);
      deleteAll(connection, "DELETE FROM {p}results WHERE job_id = ANY (?)", expired);
    }
    return expired.size();
  }

  /** With the ids in view, since a join of as many goes through a table of old statistics often. */
  private void deleteAll(Connection connection, String template, Set<UUID> ids)
      throws SQLException {
    try (var statement = prepare(connection, template)) {
      setArray(statement, 1, "uuid", ids, id -> id);
      statement.executeUpdate();
    }
  }

  private static <T> void setArray(
      PreparedStatement statement,
      int index,
      String type,
      Collection<T> rows,
      Function<T, @Nullable Object> column)
      throws SQLException {
    // Of the type that the driver has a binary form for, where it has one.
    Object[] values = rows.stream().map(column).toArray(arrayOf(type));
    statement.setArray(index, statement.getConnection().createArrayOf(type, values));
  }

  private static IntFunction<Object[]> arrayOf(String type) {
    return switch (type) {
      case "text" -> String[]::new;
      case "int8" -> Long[]::new;
      case "int4" -> Integer[]::new;
      default -> Object[]::new;
    };
  }

  private static <T> void setSealed(
      PreparedStatement statement, int index, Collection<T> rows, Function<T, Sealed> column)
      throws SQLException {
    byte[][] values = rows.stream().map(each -> column.apply(each).bytes).toArray(byte[][]::new);
    statement.setArray(index, statement.getConnection().createArrayOf("bytea", values));
  }

  private static Set<UUID> ids(PreparedStatement statement) throws SQLException {
    var ids = new HashSet<UUID>();
    try (ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        ids.add(rows.getObject(1, UUID.class));
      }
    }
    return ids;
  }

  private static @Nullable String key(Job job, Function<IdempotencyKey, String> part) {
    IdempotencyKey key = job.idempotencyKey();
    return key == null ? null : part.apply(key);
  }

  private static String webhookId(Completion completion) {
    return Delivery.webhookIdOf(completion.lease().jobId());
  }

  private static @Nullable Object leaseMillis(JobRecord record) {
    Duration lease = record.lease();
    return lease == null ? null : lease.toMillis();
  }
}

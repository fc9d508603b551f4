package io.bifrostfilter.store.jdbc;

import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.JobStatus;
import io.bifrostfilter.job.Lease;
import java.sql.BatchUpdateException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** In SQL that H2, MySQL and MariaDB have in common: many rows go as a batch of statements. */
final class StandardJobTables extends JobTables {

  StandardJobTables(SqlText sql) {
    super(sql);
  }

  @Override
  Set<UUID> insert(Connection connection, List<JobRecord> jobs) throws SQLException {
    var inserted = new ArrayList<JobRecord>();
    try (var statement =
        prepare(
            connection,
            "INSERT INTO {p}jobs (id, request_id, route, model, owner, key_scope, key_fingerprint,"
                + " webhook, tag, ttl_ms, created_at, status, attempts, lease_token,"
                + " leased_until)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, {now} + ?)")) {
      for (JobRecord each : jobs) {
        if (each.job().idempotencyKey() == null) {
          set(statement, each);
          statement.addBatch();
          inserted.add(each);
        }
      }
      if (!inserted.isEmpty()) {
        statement.executeBatch();
      }
      for (JobRecord each : jobs) {
        if (each.job().idempotencyKey() != null && isInserted(statement, each)) {
          inserted.add(each);
        }
      }
    }
    try (var statement =
        prepare(connection, "INSERT INTO {p}requests (job_id, sealed) VALUES (?, ?)")) {
      for (JobRecord each : inserted) {
        dialect().setId(statement, 1, each.job().id());
        statement.setBytes(2, each.sealed().bytes);
        statement.addBatch();
      }
      statement.executeBatch();
    }
    var ids = new HashSet<UUID>();
    inserted.forEach(each -> ids.add(each.job().id()));
    return ids;
  }

  @Override
  TransactionKind aroundEach() {
    return TransactionKind.ORDINARY;
  }

  @Override
  String indexed(JobStatus status) {
    return "status = " + JobRow.code(status);
  }

  @Override
  String oldestFirst() {
    return "seq";
  }

  @Override
  PreparedStatement prepareLookUp(Connection connection, String template) throws SQLException {
    return prepare(connection, template);
  }

  @Override
  ResultSet lookUp(PreparedStatement statement) throws SQLException {
    return statement.executeQuery();
  }

  @Override
  List<JobRow> claim(Connection connection, int max, Duration lease) throws SQLException {
    var waiting = new ArrayList<JobRow>();
    try (var statement =
        prepare(
            connection,
            "SELECT {columns} FROM {p}jobs j WHERE {pending}"
                + " ORDER BY j.seq LIMIT ? FOR UPDATE SKIP LOCKED")) {
      statement.setInt(1, max);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          waiting.add(JobRow.read(rows, dialect(), null));
        }
      }
    }
    if (waiting.isEmpty()) {
      return waiting;
    }
    try (var statement =
        prepare(
            connection,
            "UPDATE {p}jobs SET status = 1, attempts = attempts + 1,"
                + " lease_token = lease_token + 1, leased_until = {now} + ?"
                + " WHERE id = ? AND status = 0 AND lease_token = ?")) {
      List<JobRow> claimed =
          changed(
              statement,
              waiting,
              each -> {
                statement.setLong(1, lease.toMillis());
                dialect().setId(statement, 2, each.id());
                statement.setLong(3, each.leaseToken());
              });
      return withRequests(connection, claimed.stream().map(JobRow::claimed).toList());
    }
  }

  @Override
  Ended complete(Connection connection, List<Completion> completions) throws SQLException {
    // Most jobs have none, and need no statement to find that out.
    var done = completeEach(connection, completions, "webhook IS NULL");
    List<Completion> rest =
        completions.stream().filter(each -> !done.contains(each.lease())).toList();
    Set<Lease> told =
        rest.isEmpty() ? Set.of() : completeEach(connection, rest, "webhook IS NOT NULL");
    queueDeliveries(connection, told.stream().map(Lease::jobId).toList());
    done.addAll(told);
    List<Completion> made =
        completions.stream().filter(each -> done.contains(each.lease())).toList();
    if (!made.isEmpty()) {
      insertResults(connection, made);
      deleteByJob(connection, "requests", made.stream().map(each -> each.lease().jobId()).toList());
    }
    return new Ended(done, !told.isEmpty());
  }

  @Override
  int removeExpired(Connection connection, int max) throws SQLException {
    var ids = new ArrayList<UUID>();
    try (var statement =
        prepare(
            connection,
            "SELECT id FROM {p}jobs WHERE status IN (2, 3) AND expires_at <= {now}"
                + " LIMIT ? FOR UPDATE SKIP LOCKED")) {
      statement.setInt(1, max);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          ids.add(dialect().getId(rows, "id"));
        }
      }
    }
    if (!ids.isEmpty()) {
      deleteByJob(connection, "results", ids);
      try (var statement = prepare(connection, "DELETE FROM {p}jobs WHERE id = ?")) {
        for (UUID id : ids) {
          dialect().setId(statement, 1, id);
          statement.addBatch();
        }
        statement.executeBatch();
      }
    }
    return ids.size();
  }

  private void set(PreparedStatement statement, JobRecord record) throws SQLException {
    Job job = record.job();
    Duration lease = record.lease();
    int claims = lease == null ? 0 : 1;
    dialect().setId(statement, 1, job.id());
    statement.setString(2, job.requestId());
    statement.setString(3, job.route());
    setNullable(statement, 4, job.model());
    setNullable(statement, 5, job.owner());
    var key = job.idempotencyKey();
    setNullable(statement, 6, key == null ? null : key.scope());
    setNullable(statement, 7, key == null ? null : key.fingerprint());
    dialect().setIdOrNull(statement, 8, job.webhook());
    statement.setString(9, record.tag());
    statement.setLong(10, job.resultTtl().toMillis());
    statement.setLong(11, job.createdAt().toEpochMilli());
    statement.setInt(12, claims == 0 ? JobRow.PENDING : JobRow.PROCESSING);
    statement.setInt(13, claims);
    statement.setLong(14, claims);
    if (lease == null) {
      statement.setNull(15, Types.BIGINT);
    } else {
      statement.setLong(15, lease.toMillis());
    }
  }

  /**
   * Alone, so that a key that is taken concerns no other job: the statement is undone by itself.
   */
  private boolean isInserted(PreparedStatement statement, JobRecord record) throws SQLException {
    set(statement, record);
    try {
      statement.executeUpdate();
      return true;
    } catch (SQLException e) {
      if (Dialect.isDuplicate(e) && !(e instanceof BatchUpdateException)) {
        return false;
      }
      throw e;
    }
  }

  private List<JobRow> withRequests(Connection connection, List<JobRow> claimed)
      throws SQLException {
    Map<UUID, Sealed> requests = new HashMap<>();
    try (var statement = prepare(connection, "SELECT sealed FROM {p}requests WHERE job_id = ?")) {
      for (JobRow each : claimed) {
        dialect().setId(statement, 1, each.id());
        try (ResultSet row = statement.executeQuery()) {
          if (row.next()) {
            requests.put(each.id(), new Sealed(row.getBytes(1)));
          }
        }
      }
    }
    return claimed.stream().map(each -> each.withSealed(requests.get(each.id()))).toList();
  }
}

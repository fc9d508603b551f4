package io.bifrostfilter.store.jdbc;

import io.bifrostfilter.delivery.Attempt;
import io.bifrostfilter.delivery.AttemptOutcome;
import io.bifrostfilter.delivery.Event;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * The SQL for the history of deliveries. Each method is a step of a transaction that whoever calls
 * it commits.
 */
final class AttemptTable {

  private static final String COLUMNS =
      "id, webhook_id, endpoint_id, job_id, request_id, event, attempt_no, outcome, status_code,"
          + " error, created_at";

  private final SqlText sql;
  private final Dialect dialect;

  AttemptTable(SqlText sql) {
    this.sql = sql;
    this.dialect = sql.dialect();
  }

  void insert(Connection connection, List<Attempt> made) throws SQLException {
    if (made.isEmpty()) {
      return;
    }
    try (var statement =
        sql.prepare(
            connection,
            "INSERT INTO {p}attempts (" + COLUMNS + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
      for (Attempt attempt : made) {
        dialect.setId(statement, 1, attempt.id());
        statement.setString(2, attempt.webhookId());
        dialect.setId(statement, 3, attempt.endpointId());
        dialect.setId(statement, 4, attempt.jobId());
        statement.setString(5, attempt.requestId());
        statement.setString(6, attempt.event().wireName());
        statement.setInt(7, attempt.attemptNo());
        statement.setString(8, attempt.outcome().wireName());
        statement.setObject(9, attempt.statusCode(), Types.INTEGER);
        statement.setObject(10, attempt.error(), Types.VARCHAR);
        statement.setLong(11, attempt.createdAt().toEpochMilli());
        statement.addBatch();
      }
      statement.executeBatch();
    }
  }

  /** Of an endpoint, the newest first. */
  List<Attempt> newest(Connection connection, UUID endpointId, int offset, int limit)
      throws SQLException {
    try (var statement =
        sql.prepare(
            connection,
            "SELECT "
                + COLUMNS
                + " FROM {p}attempts WHERE endpoint_id = ?"
                + " ORDER BY created_at DESC, seq DESC LIMIT ? OFFSET ?")) {
      dialect.setId(statement, 1, endpointId);
      statement.setInt(2, limit);
      statement.setInt(3, offset);
      return read(statement);
    }
  }

  long count(Connection connection, UUID endpointId) throws SQLException {
    try (var statement =
        sql.prepare(connection, "SELECT COUNT(*) FROM {p}attempts WHERE endpoint_id = ?")) {
      dialect.setId(statement, 1, endpointId);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    }
  }

  Optional<Attempt> find(Connection connection, UUID id) throws SQLException {
    try (var statement =
        sql.prepare(connection, "SELECT " + COLUMNS + " FROM {p}attempts WHERE id = ?")) {
      dialect.setId(statement, 1, id);
      return read(statement).stream().findFirst();
    }
  }

  /**
   * Removes the oldest of the attempts that were made before that instant; those that others are
   * removing are left to them.
   *
   * @return the webhook ids of those that were removed, one for each
   */
  List<String> removeBefore(Connection connection, Instant instant, int max) throws SQLException {
    Map<Long, String> old = new LinkedHashMap<>();
    try (var statement =
        sql.prepare(
            connection,
            "SELECT seq, webhook_id FROM {p}attempts WHERE created_at < ?"
                + " ORDER BY created_at LIMIT ? FOR UPDATE SKIP LOCKED")) {
      statement.setLong(1, instant.toEpochMilli());
      statement.setInt(2, max);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          old.put(rows.getLong("seq"), rows.getString("webhook_id"));
        }
      }
    }
    sql.deleteBySeq(connection, "attempts", old.keySet());
    return List.copyOf(old.values());
  }

  /**
   * Removes the history of an endpoint.
   *
   * @return how many attempts were removed, {@code max} if there may be more
   */
  int removeOf(Connection connection, UUID endpointId, int max) throws SQLException {
    return sql.deleteOfEndpoint(connection, "attempts", endpointId, max);
  }

  private List<Attempt> read(PreparedStatement statement) throws SQLException {
    var attempts = new ArrayList<Attempt>();
    try (ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        attempts.add(
            new Attempt(
                dialect.getId(rows, "id"),
                rows.getString("webhook_id"),
                dialect.getId(rows, "endpoint_id"),
                dialect.getId(rows, "job_id"),
                rows.getString("request_id"),
                event(rows.getString("event")),
                rows.getInt("attempt_no"),
                AttemptOutcome.valueOf(rows.getString("outcome").toUpperCase(Locale.ROOT)),
                rows.getObject("status_code", Integer.class),
                rows.getString("error"),
                Instant.ofEpochMilli(rows.getLong("created_at"))));
      }
    }
    return attempts;
  }

  private static Event event(String name) throws SQLException {
    return Event.ofWireName(name)
        .orElseThrow(() -> new SQLException("an attempt with the event " + name));
  }
}

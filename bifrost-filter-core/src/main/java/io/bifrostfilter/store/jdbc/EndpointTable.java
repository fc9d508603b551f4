package io.bifrostfilter.store.jdbc;

import io.bifrostfilter.delivery.Attempt;
import io.bifrostfilter.delivery.Endpoint;
import io.bifrostfilter.delivery.EndpointHealth;
import io.bifrostfilter.store.WebhookStore.Replacement;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The SQL for endpoints of webhooks. Each method is a step of a transaction that whoever calls it
 * commits.
 */
final class EndpointTable {

  private static final String SELECT =
      "SELECT id, name, version, sealed, consecutive_failures, last_success_at, last_failure_at"
          + " FROM {p}endpoints";

  private final SqlText sql;
  private final Dialect dialect;

  EndpointTable(SqlText sql) {
    this.sql = sql;
    this.dialect = sql.dialect();
  }

  /**
   * @return false if the name is taken
   */
  boolean insert(Connection connection, Endpoint endpoint, Sealed sealed) throws SQLException {
    try (var statement =
        sql.prepare(
            connection,
            "INSERT INTO {p}endpoints (id, name, version, sealed, consecutive_failures,"
                + " last_success_at, last_failure_at) VALUES (?, ?, ?, ?, ?, ?, ?)")) {
      dialect.setId(statement, 1, endpoint.id());
      statement.setString(2, endpoint.name());
      statement.setLong(3, endpoint.version());
      statement.setBytes(4, sealed.bytes);
      setHealth(statement, 5, endpoint.health());
      return updatedUnlessTaken(connection, statement).isPresent();
    }
  }

  Replacement replace(Connection connection, Endpoint next, Sealed sealed) throws SQLException {
    try (var statement =
        sql.prepare(
            connection,
            "UPDATE {p}endpoints SET name = ?, version = ?, sealed = ?"
                + " WHERE id = ? AND version = ?")) {
      statement.setString(1, next.name());
      statement.setLong(2, next.version());
      statement.setBytes(3, sealed.bytes);
      dialect.setId(statement, 4, next.id());
      statement.setLong(5, next.version() - 1);
      OptionalInt rows = updatedUnlessTaken(connection, statement);
      if (rows.isEmpty()) {
        return Replacement.NAME_TAKEN;
      }
      return rows.getAsInt() == 0 ? Replacement.OUTDATED : Replacement.REPLACED;
    }
  }

  /**
   * @return false if there is none of that id
   */
  boolean delete(Connection connection, UUID id) throws SQLException {
    try (var statement = sql.prepare(connection, "DELETE FROM {p}endpoints WHERE id = ?")) {
      dialect.setId(statement, 1, id);
      return statement.executeUpdate() != 0;
    }
  }

  Optional<EndpointRow> find(Connection connection, UUID id) throws SQLException {
    return find(connection, id, SELECT + " WHERE id = ?");
  }

  Optional<EndpointRow> findByName(Connection connection, String name) throws SQLException {
    try (var statement = sql.prepare(connection, SELECT + " WHERE name = ?")) {
      statement.setString(1, name);
      return read(statement).stream().findFirst();
    }
  }

  /** In any order. */
  List<EndpointRow> all(Connection connection) throws SQLException {
    try (var statement = sql.prepare(connection, SELECT)) {
      return read(statement);
    }
  }

  /** Brings the health of endpoints up to date, as far as they are still there. */
  void attempted(Connection connection, List<Attempt> last) throws SQLException {
    var byEndpoint = new TreeMap<UUID, List<Attempt>>();
    for (Attempt each : last) {
      byEndpoint.computeIfAbsent(each.endpointId(), id -> new ArrayList<>()).add(each);
    }
    // In one order, so that those who lock several rows do not wait for each other.
    for (Map.Entry<UUID, List<Attempt>> each : byEndpoint.entrySet()) {
      each.getValue().sort(Comparator.comparing(Attempt::createdAt));
      attempted(connection, each.getKey(), each.getValue());
    }
  }

  private void attempted(Connection connection, UUID id, List<Attempt> inOrder)
      throws SQLException {
    Optional<EndpointRow> before = find(connection, id, SELECT + " WHERE id = ? FOR UPDATE");
    if (before.isEmpty()) {
      return;
    }
    EndpointHealth health = before.get().health();
    for (Attempt each : inOrder) {
      health = health.after(each.outcome(), each.createdAt());
    }
    try (var statement =
        sql.prepare(
            connection,
            "UPDATE {p}endpoints SET consecutive_failures = ?, last_success_at = ?,"
                + " last_failure_at = ? WHERE id = ?")) {
      setHealth(statement, 1, health);
      dialect.setId(statement, 4, id);
      statement.executeUpdate();
    }
  }

  private Optional<EndpointRow> find(Connection connection, UUID id, String select)
      throws SQLException {
    try (var statement = sql.prepare(connection, select)) {
      dialect.setId(statement, 1, id);
      return read(statement).stream().findFirst();
    }
  }

  private List<EndpointRow> read(PreparedStatement statement) throws SQLException {
    var all = new ArrayList<EndpointRow>();
    try (ResultSet rows = statement.executeQuery()) {
      while (rows.next()) {
        var health =
            new EndpointHealth(
                rows.getLong("consecutive_failures"),
                time(rows, "last_success_at"),
                time(rows, "last_failure_at"));
        byte[] sealed = Objects.requireNonNull(rows.getBytes("sealed"));
        all.add(
            new EndpointRow(
                dialect.getId(rows, "id"),
                Objects.requireNonNull(rows.getString("name")),
                rows.getLong("version"),
                health,
                new Sealed(sealed)));
      }
    }
    return all;
  }

  /** Gives how many rows were changed, or nothing if the name is another's; then none was. */
  private static OptionalInt updatedUnlessTaken(Connection connection, PreparedStatement statement)
      throws SQLException {
    // A statement that fails ends the transaction in some databases.
    Savepoint before = connection.setSavepoint();
    try {
      return OptionalInt.of(statement.executeUpdate());
    } catch (SQLException e) {
      if (!Dialect.isDuplicate(e)) {
        throw e;
      }
      connection.rollback(before);
      return OptionalInt.empty();
    }
  }

  private static void setHealth(PreparedStatement statement, int index, EndpointHealth health)
      throws SQLException {
    statement.setLong(index, health.consecutiveFailures());
    setTime(statement, index + 1, health.lastSuccessAt());
    setTime(statement, index + 2, health.lastFailureAt());
  }

  private static void setTime(PreparedStatement statement, int index, @Nullable Instant time)
      throws SQLException {
    statement.setObject(index, time == null ? null : time.toEpochMilli(), Types.BIGINT);
  }

  private static @Nullable Instant time(ResultSet row, String column) throws SQLException {
    long millis = row.getLong(column);
    return row.wasNull() ? null : Instant.ofEpochMilli(millis);
  }
}

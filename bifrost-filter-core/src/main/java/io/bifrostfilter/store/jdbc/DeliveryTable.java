package io.bifrostfilter.store.jdbc;

import io.bifrostfilter.delivery.ClaimedDelivery;
import io.bifrostfilter.delivery.Delivery;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The SQL for deliveries. {@link JobTables} writes them; here they are claimed, moved on and
 * removed. Each method is a step of a transaction that whoever calls it commits.
 *
 * <p>Whatever changes a delivery raises its token, so that a claim holds as long as its token is
 * the row's.
 */
final class DeliveryTable {

  /** When a delivery is due that is over; behind all others of its endpoint in the index. */
  private static final long OVER = Long.MAX_VALUE;

  private static final String NEXT_ENDPOINT = " ORDER BY endpoint_id, due_at, seq LIMIT 1";

  private final SqlText sql;
  private final Dialect dialect;
  private final String lock;

  DeliveryTable(SqlText sql) {
    this.sql = sql;
    this.dialect = sql.dialect();
    // H2 gives nothing if the first row is locked. There, the tokens alone decide.
    this.lock = dialect == Dialect.H2 ? "" : " FOR UPDATE SKIP LOCKED";
  }

  /** The endpoints that something is due for; they need not be there any more. */
  Set<UUID> endpointsDue(Connection connection) throws SQLException {
    // From the first entry of an endpoint in the index to that of the next: what waits for a slow
    // receiver is not read each time.
    String select = "SELECT endpoint_id, due_at, {now} FROM {p}deliveries";
    var due = new HashSet<UUID>();
    try (var first = sql.prepare(connection, select + NEXT_ENDPOINT);
        var next = sql.prepare(connection, select + " WHERE endpoint_id > ?" + NEXT_ENDPOINT)) {
      UUID endpoint = addIfDue(first, due);
      while (endpoint != null) {
        dialect.setId(next, 1, endpoint);
        endpoint = addIfDue(next, due);
      }
    }
    return due;
  }

  /** Returns the endpoint that the statement gives; null if it gives none. */
  private @Nullable UUID addIfDue(PreparedStatement statement, Set<UUID> due) throws SQLException {
    try (ResultSet row = statement.executeQuery()) {
      if (!row.next()) {
        return null;
      }
      UUID endpoint = dialect.getId(row, "endpoint_id");
      if (row.getLong(2) <= row.getLong(3)) {
        due.add(endpoint);
      }
      return endpoint;
    }
  }

  /** Takes what is due, the longest due first; what others are taking is left to them. */
  List<ClaimedDelivery> claim(Connection connection, UUID endpointId, int max, Duration lease)
      throws SQLException {
    while (true) {
      List<ClaimedDelivery> due = lockDue(connection, endpointId, max);
      List<ClaimedDelivery> claimed = due.isEmpty() ? due : claim(connection, due, lease);
      // Another was faster, as can be on H2: there may be more behind what that one took.
      if (due.isEmpty() || !claimed.isEmpty()) {
        return claimed;
      }
    }
  }

  private List<ClaimedDelivery> claim(
      Connection connection, List<ClaimedDelivery> due, Duration lease) throws SQLException {
    try (var statement =
        sql.prepare(
            connection,
            "UPDATE {p}deliveries SET lease_token = lease_token + 1, due_at = {now} + ?"
                + " WHERE webhook_id = ? AND lease_token = ?")) {
      return sql
          .changed(
              statement,
              due,
              each -> {
                statement.setLong(1, lease.toMillis());
                setClaim(statement, 2, each);
              })
          .stream()
          .map(each -> new ClaimedDelivery(each.delivery(), each.attemptNo(), each.token() + 1))
          .toList();
    }
  }

  private List<ClaimedDelivery> lockDue(Connection connection, UUID endpointId, int max)
      throws SQLException {
    try (var statement =
        sql.prepare(
            connection,
            "SELECT webhook_id, endpoint_id, job_id, request_id, route, status, status_code,"
                + " completed_at, result_expires_at, attempt_no, lease_token FROM {p}deliveries"
                + " WHERE endpoint_id = ? AND due_at <= {now}"
                + " ORDER BY due_at, seq LIMIT ?"
                + lock)) {
      dialect.setId(statement, 1, endpointId);
      statement.setInt(2, max);
      var due = new ArrayList<ClaimedDelivery>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          due.add(read(rows));
        }
      }
      return due;
    }
  }

  /**
   * Has deliveries tried again, by the next attempt, or ends them, as far as they are still these
   * claims'.
   *
   * @return those that were
   */
  List<Recording> moveOn(Connection connection, List<Recording> recordings) throws SQLException {
    try (var statement =
        sql.prepare(
            connection,
            "UPDATE {p}deliveries SET lease_token = lease_token + 1, attempt_no = attempt_no + ?,"
                + " due_at = ? WHERE webhook_id = ? AND lease_token = ?")) {
      return sql.changed(
          statement,
          recordings,
          each -> {
            Instant next = each.nextAt();
            statement.setInt(1, next == null ? 0 : 1);
            statement.setLong(2, next == null ? OVER : next.toEpochMilli());
            setClaim(statement, 3, each.claimed());
          });
    }
  }

  /** Gives a delivery back that is still this claim's. */
  boolean release(Connection connection, ClaimedDelivery claimed) throws SQLException {
    try (var statement =
        sql.prepare(
            connection,
            "UPDATE {p}deliveries SET lease_token = lease_token + 1, due_at = {now}"
                + " WHERE webhook_id = ? AND lease_token = ?")) {
      setClaim(statement, 1, claimed);
      return statement.executeUpdate() != 0;
    }
  }

  /** Removes a delivery that is still this claim's. */
  boolean discard(Connection connection, ClaimedDelivery claimed) throws SQLException {
    try (var statement =
        sql.prepare(
            connection, "DELETE FROM {p}deliveries WHERE webhook_id = ? AND lease_token = ?")) {
      setClaim(statement, 1, claimed);
      return statement.executeUpdate() != 0;
    }
  }

  /** Makes a delivery due again, if it is over. */
  boolean queueAgain(Connection connection, String webhookId) throws SQLException {
    try (var statement =
        sql.prepare(
            connection,
            "UPDATE {p}deliveries SET lease_token = lease_token + 1, attempt_no = 1,"
                + " due_at = {now} WHERE webhook_id = ? AND due_at = "
                + OVER)) {
      statement.setString(1, webhookId);
      return statement.executeUpdate() != 0;
    }
  }

  boolean exists(Connection connection, String webhookId) throws SQLException {
    try (var statement =
        sql.prepare(connection, "SELECT 1 FROM {p}deliveries WHERE webhook_id = ?")) {
      statement.setString(1, webhookId);
      try (ResultSet row = statement.executeQuery()) {
        return row.next();
      }
    }
  }

  /** Removes those of these deliveries that are over, and of which no attempt is left. */
  void removeForgotten(Connection connection, Set<String> webhookIds) throws SQLException {
    try (var statement =
        sql.prepare(
            connection,
            "DELETE FROM {p}deliveries WHERE webhook_id = ? AND due_at = "
                + OVER
                + " AND NOT EXISTS (SELECT 1 FROM {p}attempts WHERE webhook_id = ?)")) {
      // In one order, so that those who lock several rows do not wait for each other.
      for (String each : webhookIds.stream().sorted().toList()) {
        statement.setString(1, each);
        statement.setString(2, each);
        statement.addBatch();
      }
      statement.executeBatch();
    }
  }

  /**
   * Removes deliveries to an endpoint.
   *
   * @return how many, {@code max} if there may be more
   */
  int removeOf(Connection connection, UUID endpointId, int max) throws SQLException {
    return sql.deleteOfEndpoint(connection, "deliveries", endpointId, max);
  }

  private ClaimedDelivery read(ResultSet row) throws SQLException {
    var delivery =
        new Delivery(
            row.getString("webhook_id"),
            dialect.getId(row, "endpoint_id"),
            dialect.getId(row, "job_id"),
            row.getString("request_id"),
            row.getString("route"),
            JobRow.status(row.getInt("status")),
            row.getInt("status_code"),
            Instant.ofEpochMilli(row.getLong("completed_at")),
            Instant.ofEpochMilli(row.getLong("result_expires_at")));
    return new ClaimedDelivery(delivery, row.getInt("attempt_no"), row.getLong("lease_token"));
  }

  private static void setClaim(PreparedStatement statement, int index, ClaimedDelivery claimed)
      throws SQLException {
    statement.setString(index, claimed.webhookId());
    statement.setLong(index + 1, claimed.token());
  }
}

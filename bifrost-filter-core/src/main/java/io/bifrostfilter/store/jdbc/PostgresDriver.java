package io.bifrostfilter.store.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/**
 * What only PostgreSQL's own driver can do. The one class that knows it, and not loaded where
 * another database is used.
 */
final class PostgresDriver {

  private PostgresDriver() {}

  static boolean canListen(Connection connection) throws SQLException {
    return connection.isWrapperFor(PGConnection.class);
  }

  /** What has been notified since the last call, after waiting for it if there is nothing. */
  static List<String> notifications(Connection connection, Duration patience) throws SQLException {
    PGNotification[] all =
        connection.unwrap(PGConnection.class).getNotifications((int) patience.toMillis());
    var payloads = new ArrayList<String>();
    if (all != null) {
      for (PGNotification each : all) {
        payloads.add(each.getParameter());
      }
    }
    return payloads;
  }
}

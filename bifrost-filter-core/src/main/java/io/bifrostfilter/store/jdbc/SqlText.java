package io.bifrostfilter.store.jdbc;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * Makes statements of templates, in which {@code {p}} is what the names of the tables begin with,
 * and {@code {now}} the time in milliseconds.
 *
 * @param now gives the SQL expression for the time, which a test may move
 */
record SqlText(Dialect dialect, String prefix, Supplier<String> now) {

  PreparedStatement prepare(Connection connection, String template) throws SQLException {
    return connection.prepareStatement(template.replace("{p}", prefix).replace("{now}", now.get()));
  }

  /**
   * Carries a statement out for each of these, all at once where the driver then says what each has
   * changed. MariaDB's does not if it sends batches in bulk, and to take that for a change would
   * give a lease to whoever has lost it.
   *
   * @return those whose rows were changed
   */
  <T> List<T> changed(PreparedStatement statement, List<T> all, Values<T> values)
      throws SQLException {
    int[] rows = new int[all.size()];
    for (int i = 0; i < rows.length; i++) {
      values.set(all.get(i));
      if (dialect == Dialect.MYSQL) {
        rows[i] = statement.executeUpdate();
      } else {
        statement.addBatch();
      }
    }
    if (dialect != Dialect.MYSQL) {
      rows = statement.executeBatch();
    }
    var changed = new ArrayList<T>();
    for (int i = 0; i < rows.length; i++) {
      if (rows[i] != 0) {
        changed.add(all.get(i));
      }
    }
    return List.copyOf(changed);
  }

  /** Sets the parameters of a statement. */
  @FunctionalInterface
  interface Values<T> {

    void set(T each) throws SQLException;
  }

  /**
   * Removes rows that belong to an endpoint, of a table that has a {@code seq}.
   *
   * @return how many, {@code max} if there may be more
   */
  int deleteOfEndpoint(Connection connection, String table, UUID endpointId, int max)
      throws SQLException {
    var seqs = new ArrayList<Long>();
    try (var statement =
        prepare(connection, "SELECT seq FROM {p}" + table + " WHERE endpoint_id = ? LIMIT ?")) {
      dialect.setId(statement, 1, endpointId);
      statement.setInt(2, max);
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          seqs.add(rows.getLong(1));
        }
      }
    }
    deleteBySeq(connection, table, seqs);
    return seqs.size();
  }

  void deleteBySeq(Connection connection, String table, Collection<Long> seqs) throws SQLException {
    if (seqs.isEmpty()) {
      return;
    }
    try (var statement = prepare(connection, "DELETE FROM {p}" + table + " WHERE seq = ?")) {
      // In one order, so that those who lock several rows do not wait for each other.
      for (long seq : seqs.stream().sorted().toList()) {
        statement.setLong(1, seq);
        statement.addBatch();
      }
      statement.executeBatch();
    }
  }
}

package io.bifrostfilter.store.jdbc;

import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Duration;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** What databases say differently. */
enum Dialect {
  POSTGRESQL(
      "postgresql",
      // Of the statement, not the transaction; not volatile, or no index would be used with it.
      "CAST(floor(extract(epoch FROM statement_timestamp()) * 1000) AS bigint)"),

  H2("h2", "CAST(floor(extract(EPOCH FROM CURRENT_TIMESTAMP) * 1000) AS bigint)"),

  /** MariaDB as well. */
  MYSQL(
      "mysql",
      // In UTC, since an hour of local time comes twice when summer ends.
      "(TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000)");

  /** Of a unique index; MySQL says no more than that an index or a constraint was violated. */
  private static final Set<String> DUPLICATE = Set.of("23505", "23000");

  /**
   * A plan that PostgreSQL keeps, made when a table was empty, goes through the whole table when it
   * is full.
   */
  private static final String PLANNED_ANEW =
      "set_config('plan_cache_mode', 'force_custom_plan', true)";

  /**
   * Planning takes a third of what the server does for a small batch. So that a plan that is kept
   * is as good on a full table, it looks rows up in indexes, one after another, and sorts none of
   * them to find the first. Where there is no other way, what is off counts as costly, and is not
   * worth compiling for that.
   */
  private static final String PLANNED_ONCE =
      "set_config('plan_cache_mode', 'force_generic_plan', true),"
          + " set_config('enable_seqscan', 'off', true),"
          + " set_config('enable_bitmapscan', 'off', true),"
          + " set_config('enable_hashjoin', 'off', true),"
          + " set_config('enable_mergejoin', 'off', true),"
          + " set_config('enable_sort', 'off', true), set_config('jit', 'off', true)";

  private final String script;
  private final String now;

  Dialect(String name, String now) {
    this.script = "schema-" + name + ".sql";
    this.now = now;
  }

  /**
   * The one that this database speaks.
   *
   * @throws IllegalArgumentException if it is none that the store has been tested with
   */
  static Dialect of(DatabaseMetaData database) throws SQLException {
    String product = database.getDatabaseProductName();
    int major = database.getDatabaseMajorVersion();
    int minor = database.getDatabaseMinorVersion();
    // A driver for MySQL calls MariaDB MySQL 5.5 or what it calls itself, with its name behind.
    boolean mariaDb =
        product.equals("MariaDB") || database.getDatabaseProductVersion().contains("MariaDB");
    if (mariaDb && (major > 10 || (major == 10 && minor >= 6))) {
      return MYSQL;
    }
    if (!mariaDb && product.equals("MySQL") && major >= 8) {
      return MYSQL;
    }
    if (product.equals("PostgreSQL") && major >= 13) {
      return POSTGRESQL;
    }
    if (product.equals("H2") && (major > 2 || (major == 2 && minor >= 2))) {
      return H2;
    }
    throw new IllegalArgumentException(
        "The jdbc store does not know "
            + product
            + " "
            + database.getDatabaseProductVersion()
            + ". It works with PostgreSQL 13, MySQL 8, MariaDB 10.6 and H2 2.2, each or newer.");
  }

  /** The name of the resource that creates the tables, beside this class. */
  String script() {
    return script;
  }

  /** An SQL expression: milliseconds since 1970 by the database's clock. */
  String now() {
    return now;
  }

  /**
   * What a transaction begins with; nothing where a server cannot be told so for one transaction
   * alone. Each says that the server is to end it if its node says nothing any more: a process that
   * is stopped in the middle of one would hold its locks, and with them its jobs, for as long as it
   * is stopped.
   */
  String opening(TransactionKind kind, Duration patience) {
    return this == POSTGRESQL && kind != TransactionKind.NONE
        ? settings(kind)
            + ", set_config('idle_in_transaction_session_timeout', '"
            + patience.toMillis()
            + "', true)"
        : "";
  }

  /**
   * A query that makes the settings of a transaction, on PostgreSQL. In front of a single
   * statement, with a semicolon, it makes them for that: the driver sends both at once, and what
   * comes at once is one transaction to the server.
   */
  static String settings(TransactionKind kind) {
    return "SELECT "
        + switch (kind) {
          case NONE -> throw new IllegalArgumentException("no transaction, no settings");
          case ORDINARY -> PLANNED_ANEW;
          case ROUTINE -> PLANNED_ONCE;
          case RELAXED -> PLANNED_ONCE + ", set_config('synchronous_commit', 'off', true)";
        };
  }

  /**
   * The bytes of the largest value that can be written. On MySQL a statement must fit into a
   * packet, in which drivers put a sign before every 64th byte or so.
   */
  long largestValue(Connection connection) throws SQLException {
    if (this != MYSQL) {
      return Integer.MAX_VALUE;
    }
    try (var statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT @@max_allowed_packet")) {
      row.next();
      long packet = row.getLong(1);
      return packet - packet / 32 - (8 << 10);
    }
  }

  /** Whether what was to be written has a key that is taken. */
  static boolean isDuplicate(SQLException e) {
    return e.getSQLState() != null && DUPLICATE.contains(e.getSQLState());
  }

  void setId(PreparedStatement statement, int index, UUID id) throws SQLException {
    if (this == MYSQL) {
      statement.setBytes(
          index,
          ByteBuffer.allocate(2 * Long.BYTES)
              .putLong(id.getMostSignificantBits())
              .putLong(id.getLeastSignificantBits())
              .array());
    } else {
      statement.setObject(index, id);
    }
  }

  void setIdOrNull(PreparedStatement statement, int index, @Nullable UUID id) throws SQLException {
    if (id != null) {
      setId(statement, index, id);
    } else {
      statement.setNull(index, this == MYSQL ? Types.BINARY : Types.OTHER);
    }
  }

  @Nullable UUID getIdOrNull(ResultSet row, String column) throws SQLException {
    return row.getObject(column) == null ? null : getId(row, column);
  }

  UUID getId(ResultSet row, String column) throws SQLException {
    if (this == MYSQL) {
      ByteBuffer bytes = ByteBuffer.wrap(row.getBytes(column));
      return new UUID(bytes.getLong(), bytes.getLong());
    }
    return row.getObject(column, UUID.class);
  }
}

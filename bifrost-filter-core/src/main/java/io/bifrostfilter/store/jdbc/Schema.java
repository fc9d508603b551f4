package io.bifrostfilter.store.jdbc;

import io.bifrostfilter.store.JobStoreException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/** The tables: creates them if it may, and makes sure that they are those that this code knows. */
final class Schema {

  private static final int VERSION = 1;
  private static final String PREFIX_IN_SCRIPTS = "bifrost_";

  /** Nodes that start at once may get in each other's way; one of them comes through. */
  private static final int MAX_TRIES = 10;

  private final Database database;
  private final Dialect dialect;
  private final String prefix;

  Schema(Database database, Dialect dialect, String prefix) {
    this.database = database;
    this.dialect = dialect;
    this.prefix = prefix;
  }

  /**
   * @param create whether to create the tables if they are missing
   * @throws IllegalStateException if they are missing and must not be created, or are not of this
   *     version
   * @throws JobStoreException if the database cannot be reached, or refuses
   */
  void prepare(boolean create) {
    OptionalInt version = version();
    if (version.isEmpty() && create) {
      version = created();
    }
    if (version.isEmpty()) {
      throw new IllegalStateException(
          "The tables of the jdbc store are missing ("
              + prefix
              + "schema and others). Run "
              + resource()
              + " from bifrost-filter-core.jar, or let the store do that with"
              + " bifrost.async.jdbc.initialize-schema=always.");
    }
    if (version.getAsInt() != VERSION) {
      throw new IllegalStateException(
          "The tables of the jdbc store ("
              + prefix
              + "schema and others) are of version "
              + version.getAsInt()
              + ", and this version of bifrost-filter knows version "
              + VERSION
              + ". "
              + (version.getAsInt() > VERSION
                  ? "A newer bifrost-filter has made them: use that one here as well."
                  : "Bring them up to date with " + resource() + "."));
    }
  }

  private OptionalInt created() {
    for (int tries = 1; ; tries++) {
      try {
        return OptionalInt.of(database.transaction(this::create));
      } catch (JobStoreException e) {
        // Another node may have been faster.
        OptionalInt version = version();
        if (version.isPresent()) {
          return version;
        }
        if (tries == MAX_TRIES) {
          throw e;
        }
      }
    }
  }

  /** Empty if there is no table that says so, or nothing in it. */
  private OptionalInt version() {
    return database.transaction(
        connection -> {
          if (!exists(connection)) {
            return OptionalInt.empty();
          }
          try (Statement statement = connection.createStatement();
              ResultSet row =
                  statement.executeQuery("SELECT MAX(version) FROM " + prefix + "schema")) {
            row.next();
            int version = row.getInt(1);
            return row.wasNull() ? OptionalInt.empty() : OptionalInt.of(version);
          }
        });
  }

  /** Asks without risk: a statement that fails ends the transaction in some databases. */
  private boolean exists(Connection connection) throws SQLException {
    String current = dialect == Dialect.MYSQL ? "DATABASE()" : "CURRENT_SCHEMA";
    String sql =
        dialect == Dialect.POSTGRESQL
            ? "SELECT 1 WHERE to_regclass(?) IS NOT NULL"
            : "SELECT 1 FROM information_schema.tables WHERE table_schema = "
                + current
                + " AND LOWER(table_name) = ?";
    try (var statement = connection.prepareStatement(sql)) {
      statement.setString(1, prefix + "schema");
      try (ResultSet row = statement.executeQuery()) {
        return row.next();
      }
    }
  }

  private int create(Connection connection) throws SQLException {
    if (dialect == Dialect.POSTGRESQL) {
      // Even "if not exists" fails there when two do it at the same time.
      try (var statement = connection.prepareStatement("SELECT pg_advisory_xact_lock(?)")) {
        statement.setLong(1, (prefix + "schema").hashCode());
        statement.execute();
      }
      if (exists(connection)) {
        return VERSION;
      }
    }
    try (Statement statement = connection.createStatement()) {
      for (String each : script().split(";\\s*\n")) {
        if (!each.isBlank()) {
          statement.execute(each);
        }
      }
    }
    return VERSION;
  }

  private String script() {
    String name = dialect.script();
    try (InputStream in =
        Objects.requireNonNull(Schema.class.getResourceAsStream(name), name + " is missing")) {
      return Arrays.stream(
              new String(in.readAllBytes(), StandardCharsets.UTF_8)
                  .replace(PREFIX_IN_SCRIPTS, prefix)
                  .split("\n"))
          .filter(line -> !line.startsWith("--"))
          .collect(Collectors.joining("\n"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String resource() {
    return Schema.class.getPackageName().replace('.', '/') + '/' + dialect.script();
  }
}

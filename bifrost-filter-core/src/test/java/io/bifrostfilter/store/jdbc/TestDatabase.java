package io.bifrostfilter.store.jdbc;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.bifrostfilter.crypto.Keyring;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;

/** Databases for the tests of the JDBC store. */
final class TestDatabase {

  /** One server for all the tests of this process, which ends it. */
  private static final class Server {

    private static final EmbeddedPostgres POSTGRES = start();
    private static final DataSource POOL = pool(POSTGRES.getJdbcUrl("postgres", "postgres"));

    private static EmbeddedPostgres start() {
      try {
        return EmbeddedPostgres.builder().setServerConfig("fsync", "off").start();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static final List<String> TABLES =
      List.of("jobs", "requests", "results", "endpoints", "deliveries", "attempts");

  private TestDatabase() {}

  /** A pool of connections to PostgreSQL, which is shared. */
  static DataSource postgres() {
    return Server.POOL;
  }

  static String postgresUrl() {
    return Server.POSTGRES.getJdbcUrl("postgres", "postgres");
  }

  static int postgresPort() {
    return Server.POSTGRES.getPort();
  }

  /** An H2 of its own in memory. */
  static DataSource h2() {
    var h2 = new org.h2.jdbcx.JdbcDataSource();
    h2.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
    return org.h2.jdbcx.JdbcConnectionPool.create(h2);
  }

  static HikariDataSource pool(String url) {
    return new HikariDataSource(config(url));
  }

  static HikariConfig config(String url) {
    var config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(40);
    config.setMinimumIdle(0);
    // A server that has just been started may still be on its way up.
    config.setInitializationFailTimeout(TimeUnit.SECONDS.toMillis(30));
    return config;
  }

  /** Seals under a key that is the same in every test. */
  static Keyring keyring() {
    return Keyring.parse(Base64.getEncoder().encodeToString(new byte[32]));
  }

  static JdbcJobStore.Builder store(DataSource dataSource) {
    return JdbcJobStore.builder(dataSource).keyring(keyring());
  }

  /** A store that goes by a clock of the test's. */
  static JdbcJobStore store(DataSource dataSource, Clock clock) {
    return store(dataSource).now(() -> Long.toString(clock.millis())).build();
  }

  /** The one number that a statement gives. */
  static long number(DataSource dataSource, String sql) {
    try (Connection connection = dataSource.getConnection();
        var statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  /** Removes all rows, so that a test need not make tables of its own. */
  static void clear(DataSource dataSource, String prefix) throws SQLException {
    try (Connection connection = dataSource.getConnection();
        var statement = connection.createStatement()) {
      for (String table : TABLES) {
        statement.execute("DELETE FROM " + prefix + table);
      }
    }
  }
}

package io.bifrostfilter.benchmarks.queues;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;

/**
 * A PostgreSQL with default settings, which the embedded one has not: it trades durability for
 * speed unless told otherwise. For one thread.
 */
public final class Postgres implements AutoCloseable {

  private static final int CONNECTIONS = 24;

  private final EmbeddedPostgres server;

  private Postgres(EmbeddedPostgres server) {
    this.server = server;
  }

  public static Postgres start() throws IOException {
    var postgres =
        new Postgres(
            EmbeddedPostgres.builder()
                .setServerConfig("fsync", "on")
                .setServerConfig("synchronous_commit", "on")
                .start());
    for (String setting : new String[] {"fsync", "synchronous_commit"}) {
      String value = text(postgres.server.getPostgresDatabase(), "show " + setting);
      if (!value.equals("on")) {
        throw new IllegalStateException(setting + " is " + value + ": nothing would be durable");
      }
    }
    return postgres;
  }

  public String version() {
    return text(server.getPostgresDatabase(), "show server_version");
  }

  /**
   * A database of its own, empty.
   *
   * @return where it is
   */
  public String create(String name) {
    execute(server.getPostgresDatabase(), "create database " + name);
    return server.getJdbcUrl("postgres", name);
  }

  /** A database of its own, empty, and a pool of connections to it. */
  public HikariDataSource database(String name) {
    return pool(create(name));
  }

  public static HikariDataSource pool(String url) {
    var config = new HikariConfig();
    config.setJdbcUrl(url);
    config.setMaximumPoolSize(CONNECTIONS);
    return new HikariDataSource(config);
  }

  public static void execute(DataSource database, String sql) {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  public static long number(DataSource database, String sql) {
    return Long.parseLong(text(database, sql));
  }

  /** Whether there is a row, of which it looks for no more than the first. */
  static boolean isAny(DataSource database, String rows) {
    return text(database, "select exists (select 1 from " + rows + ")").equals("t");
  }

  private static String text(DataSource database, String sql) {
    try (Connection connection = database.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

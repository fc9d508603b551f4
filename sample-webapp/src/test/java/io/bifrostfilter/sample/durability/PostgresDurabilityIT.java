package io.bifrostfilter.sample.durability;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.Map;

/** Nodes that share a PostgreSQL. */
class PostgresDurabilityIT extends DurabilityContract {

  @Override
  Backend start() throws IOException {
    return new Postgres();
  }

  private static final class Postgres implements Backend {

    private final Path data =
        Files.createTempDirectory(Path.of(System.getProperty("java.io.tmpdir")), "postgres");
    private EmbeddedPostgres server;

    Postgres() throws IOException {
      server = builder().start();
    }

    @Override
    public int port() {
      return server.getPort();
    }

    @Override
    public Map<String, String> environment(int port) {
      return Map.of(
          "BIFROST_ASYNC_STORE",
          "jdbc",
          "BIFROST_ASYNC_JDBC_URL",
          "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=postgres");
    }

    @Override
    public long jobs() throws SQLException {
      try (var connection = server.getPostgresDatabase().getConnection();
          var rows =
              connection.createStatement().executeQuery("select count(*) from bifrost_jobs")) {
        rows.next();
        return rows.getLong(1);
      }
    }

    @Override
    public int attempts(String id) throws SQLException {
      try (var connection = server.getPostgresDatabase().getConnection();
          var statement =
              connection.prepareStatement("select attempts from bifrost_jobs where id = ?::uuid")) {
        statement.setString(1, id);
        try (var rows = statement.executeQuery()) {
          rows.next();
          return rows.getInt(1);
        }
      }
    }

    @Override
    public String dump() throws SQLException {
      var dump = new StringBuilder();
      try (var connection = server.getPostgresDatabase().getConnection();
          var tables =
              connection
                  .createStatement()
                  .executeQuery(
                      "select tablename from pg_tables where tablename like 'bifrost%'")) {
        while (tables.next()) {
          // Bytes are shown as they are, where they are text.
          try (var rows =
              connection
                  .createStatement()
                  .executeQuery("select t::text, t.* from " + tables.getString(1) + " t")) {
            int columns = rows.getMetaData().getColumnCount();
            while (rows.next()) {
              for (int i = 1; i <= columns; i++) {
                dump.append(text(rows.getObject(i))).append('\n');
              }
            }
          }
        }
      }
      return dump.toString();
    }

    @Override
    public void restart() throws IOException {
      int port = server.getPort();
      server.close();
      server = builder().setPort(port).start();
    }

    @Override
    public void close() throws IOException {
      server.close();
    }

    private EmbeddedPostgres.Builder builder() {
      return EmbeddedPostgres.builder().setDataDirectory(data).setCleanDataDirectory(false);
    }

    private static String text(Object value) {
      return value instanceof byte[] bytes
          ? new String(bytes, StandardCharsets.ISO_8859_1)
          : String.valueOf(value);
    }
  }
}

package io.bifrostfilter.store.jdbc;

import static org.junit.jupiter.api.Assumptions.abort;

import com.zaxxer.hikari.HikariDataSource;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.sql.DataSource;

/** The MariaDB of this machine, with data of its own. */
final class MariaDb implements AutoCloseable {

  private final Process server;
  private final Path directory;
  private final HikariDataSource pool;

  private MariaDb(Process server, Path directory, int port) {
    this.server = server;
    this.directory = directory;
    // In bulk, as drivers before 3.2 send batches unless told otherwise: they do not say what they
    // changed.
    this.pool =
        TestDatabase.pool(
            "jdbc:mariadb://127.0.0.1:"
                + port
                + "/jobs?user=root&createDatabaseIfNotExist=true&allowPublicKeyRetrieval=true&useBulkStmts=true");
  }

  /** With the store's tables in it. Skips the test, aloud, where MariaDB is not installed. */
  static MariaDb start() throws IOException, InterruptedException {
    Optional<Path> server = installed("mariadbd");
    Optional<Path> installer = installed("mariadb-install-db");
    if (server.isEmpty() || installer.isEmpty()) {
      return abort(
          "MariaDB is not installed, so the JDBC store was not tested with it: install"
              + " mariadb-server to have it done.");
    }
    Path directory = Files.createTempDirectory("mariadb");
    String user = System.getProperty("user.name");
    run(
        directory,
        installer.get().toString(),
        "--no-defaults",
        "--user=" + user,
        "--auth-root-authentication-method=normal",
        "--datadir=" + directory.resolve("data"));
    int port;
    try (var free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    Process process =
        start(
            directory,
            server.get().toString(),
            "--no-defaults",
            "--user=" + user,
            "--datadir=" + directory.resolve("data"),
            "--socket=" + directory.resolve("socket"),
            "--bind-address=127.0.0.1",
            "--port=" + port);
    var started = new MariaDb(process, directory, port);
    TestDatabase.store(started.pool).build().close();
    return started;
  }

  DataSource pool() {
    return pool;
  }

  @Override
  public void close() throws IOException {
    pool.close();
    server.destroy();
    server.onExit().orTimeout(30, TimeUnit.SECONDS).join();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path each : files.sorted((one, other) -> other.compareTo(one)).toList()) {
        Files.deleteIfExists(each);
      }
    }
  }

  private static Optional<Path> installed(String program) {
    return Stream.concat(
            Stream.of(System.getenv("PATH").split(":")), Stream.of("/usr/sbin", "/usr/bin"))
        .map(directory -> Path.of(directory, program))
        .filter(Files::isExecutable)
        .findFirst();
  }

  private static void run(Path directory, String... command)
      throws IOException, InterruptedException {
    if (start(directory, command).waitFor() != 0) {
      throw new IOException(List.of(command) + ": " + Files.readString(directory.resolve("log")));
    }
  }

  private static Process start(Path directory, String... command) throws IOException {
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(directory.resolve("log").toFile()))
        .start();
  }
}

package io.bifrostfilter;

import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.Closeable;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DataSourcesTest {

  private static final int FAR_TOO_LONG_MILLIS = 30_000;

  @Test
  void aConnectionIsNotWaitedForWhoseServerFallsSilent() throws Exception {
    try (var postgres = silent();
        var mariaDb = silent();
        var ofPostgres = pool("jdbc:postgresql://127.0.0.1:" + postgres.getLocalPort() + "/x");
        var ofMariaDb = pool("jdbc:mariadb://127.0.0.1:" + mariaDb.getLocalPort() + "/x")) {
      assertIsGivenUp(postgres);
      assertIsGivenUp(mariaDb);
    }
  }

  private static void assertIsGivenUp(ServerSocket server) throws Exception {
    try (Socket connection = server.accept()) {
      connection.setSoTimeout(FAR_TOO_LONG_MILLIS);
      InputStream in = connection.getInputStream();
      // Ends when the driver closes the connection, or else throws.
      assertThatCode(in::readAllBytes).doesNotThrowAnyException();
    }
  }

  /** Takes connections, and says nothing. */
  private static ServerSocket silent() throws Exception {
    var server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    server.setSoTimeout(FAR_TOO_LONG_MILLIS);
    return server;
  }

  private static Closeable pool(String url) {
    var settings =
        new JdbcSettings(
            Optional.of(url),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            "bifrost_",
            JdbcSettings.InitializeSchema.ALWAYS);
    return (Closeable) DataSources.pool(settings, url);
  }
}

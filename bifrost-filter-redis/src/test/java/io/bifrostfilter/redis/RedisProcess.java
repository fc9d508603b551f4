package io.bifrostfilter.redis;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import redis.embedded.core.ExecutableProvider;

/**
 * A server in a process of its own, in a directory of its own. It is the one that the system
 * property {@code redis.server} names, so that Valkey and newer versions can be tried, or else the
 * one that comes with a test dependency; where that does not run, tests are skipped.
 */
final class RedisProcess implements AutoCloseable {

  private static final long PATIENCE_SECONDS = 30;

  /** Of a Cluster's own traffic. */
  private static final int BUS = 10_000;

  private final Path directory;
  private final int port;
  private final List<String> settings;
  private Process process;

  private RedisProcess(Path directory, int port, List<String> settings) {
    this.directory = directory;
    this.port = port;
    this.settings = settings;
  }

  /**
   * @param settings as on the command line of redis-server
   */
  static RedisProcess start(String... settings) {
    try {
      var redis =
          new RedisProcess(
              Files.createTempDirectory(Path.of("target"), "redis-"),
              freePort(),
              List.of(settings));
      redis.startAgain();
      return redis;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static RedisProcess sentinel(int masterPort) {
    try {
      var sentinel =
          new RedisProcess(
              Files.createTempDirectory(Path.of("target"), "sentinel-"),
              freePort(),
              List.of("--sentinel"));
      Files.writeString(
          sentinel.directory.resolve("sentinel.conf"),
          """
          sentinel monitor jobs 127.0.0.1 %d 1
          sentinel down-after-milliseconds jobs 500
          sentinel failover-timeout jobs 5000
          """
              .formatted(masterPort));
      sentinel.startAgain();
      return sentinel;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int port() {
    return port;
  }

  String uri() {
    return "redis://127.0.0.1:" + port;
  }

  /** All that it has written to disk. */
  Path directory() {
    return directory;
  }

  /** Once more, with what is on its disk. */
  void startAgain() throws IOException {
    var command = new ArrayList<String>();
    command.add(executable().toString());
    if (settings.contains("--sentinel")) {
      command.add("sentinel.conf");
    }
    command.addAll(List.of("--port", Integer.toString(port), "--bind", "127.0.0.1"));
    if (!settings.contains("--sentinel")) {
      command.addAll(List.of("--save", ""));
    }
    command.addAll(settings);
    process =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start();
    // Nothing that we start outlives us, even if the tests are cut off.
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    awaitReady(process);
  }

  /** As a crash would end it. */
  void kill() {
    process.destroyForcibly();
    process.onExit().orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
  }

  @Override
  public void close() {
    kill();
  }

  private static void awaitReady(Process process) {
    var ready = new CompletableFuture<Void>();
    var reader =
        new Thread(
            () -> {
              var output = new StringBuilder();
              try (BufferedReader lines =
                  new BufferedReader(
                      new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                String line;
                while ((line = lines.readLine()) != null) {
                  output.append(line).append('\n');
                  if (line.contains("Ready to accept connections")
                      || line.contains("Sentinel ID is")) {
                    ready.complete(null);
                  }
                }
              } catch (IOException e) {
                ready.completeExceptionally(e);
              }
              ready.completeExceptionally(new IllegalStateException(output.toString()));
            },
            "redis-output");
    reader.setDaemon(true);
    reader.start();
    ready.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
  }

  private static File executable() {
    String given = System.getProperty("redis.server");
    if (given != null) {
      return new File(given);
    }
    return Bundled.FILE;
  }

  /** Unpacked once for all tests. */
  private static final class Bundled {

    private static final File FILE = unpacked();

    private static File unpacked() {
      try {
        return ExecutableProvider.newJarResourceProvider().get().getAbsoluteFile();
      } catch (Exception e) {
        return abort(
            "No Redis here: none comes for this platform, and -Dredis.server names none. " + e);
      }
    }
  }

  /** A port that is free now, as is the one beside it that a Cluster would use. */
  private static int freePort() {
    for (int attempt = 0; attempt < 100; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(20_000, 32_000);
      if (isFree(port) && isFree(port + BUS)) {
        return port;
      }
    }
    throw new IllegalStateException("no free port");
  }

  private static boolean isFree(int port) {
    try (var socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}

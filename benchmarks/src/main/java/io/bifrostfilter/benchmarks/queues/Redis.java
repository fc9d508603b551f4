package io.bifrostfilter.benchmarks.queues;

import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import redis.embedded.RedisServer;

/** A Redis with an append-only file, for one of our stores alone. */
public final class Redis implements Backdoor {

  private final Path directory;
  private final String uri;
  private final RedisServer server;
  private final RedisClient client;
  private final StatefulRedisConnection<String, String> connection;

  private Redis(String appendfsync) throws IOException {
    directory = Files.createTempDirectory("bifrost-redis");
    int port = freePort();
    uri = "redis://127.0.0.1:" + port;
    server =
        RedisServer.newRedisServer()
            .port(port)
            .setting("bind 127.0.0.1")
            .setting("dir " + directory)
            .setting("save \"\"")
            .setting("appendonly yes")
            .setting("appendfsync " + appendfsync)
            .setting("maxmemory-policy noeviction")
            .build();
    server.start();
    client = RedisClient.create(uri);
    connection = client.connect();
  }

  /**
   * @param appendfsync when the file is forced to disk, as redis.conf has it
   */
  public static Redis start(String appendfsync) throws IOException {
    return new Redis(appendfsync);
  }

  public String uri() {
    return uri;
  }

  public String version() {
    return connection
        .sync()
        .info("server")
        .lines()
        .filter(line -> line.startsWith("redis_version:"))
        .map(line -> line.substring(line.indexOf(':') + 1))
        .findFirst()
        .orElseThrow();
  }

  @Override
  public boolean hasUnfinished() {
    return connection.sync().xlen("{bifrost}:queue") > 0;
  }

  @Override
  public void clear() {
    connection.sync().flushall();
  }

  @Override
  public void close() {
    connection.close();
    client.shutdown();
    try {
      server.stop();
      for (Path each : filesBottomUp()) {
        Files.delete(each);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<Path> filesBottomUp() throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.sorted(Comparator.reverseOrder()).toList();
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}

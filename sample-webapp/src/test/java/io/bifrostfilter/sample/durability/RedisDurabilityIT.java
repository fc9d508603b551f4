package io.bifrostfilter.sample.durability;

import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.ToIntFunction;
import redis.embedded.RedisServer;

/** Nodes that share a Redis which writes to its disk before it answers. */
class RedisDurabilityIT extends DurabilityContract {

  @Override
  Backend start() throws IOException {
    return new Redis();
  }

  private static final class Redis implements Backend {

    private final Path directory =
        Files.createTempDirectory(Path.of(System.getProperty("java.io.tmpdir")), "redis");
    private final int port = freePort();
    private final RedisServer server =
        RedisServer.newRedisServer()
            .port(port)
            .setting("bind 127.0.0.1")
            .setting("dir " + directory)
            .setting("appendonly yes")
            .setting("appendfsync always")
            .setting("maxmemory-policy noeviction")
            .build();

    Redis() throws IOException {
      server.start();
    }

    @Override
    public int port() {
      return port;
    }

    @Override
    public Map<String, String> environment(int port) {
      return Map.of("BIFROST_ASYNC_STORE", "redis", "BIFROST_ASYNC_REDIS_URI", uri(port));
    }

    @Override
    public long jobs() {
      return ask(commands -> commands.keys("{bifrost}:job:*").size());
    }

    @Override
    public int attempts(String id) {
      return ask(commands -> Integer.parseInt(commands.hget("{bifrost}:job:" + id, "attempts")));
    }

    private int ask(ToIntFunction<RedisCommands<String, String>> question) {
      RedisClient client = RedisClient.create(uri(port));
      try (var connection = client.connect()) {
        return question.applyAsInt(connection.sync());
      } finally {
        client.shutdown();
      }
    }

    /** All that it has ever written. */
    @Override
    public String dump() throws IOException {
      var dump = new StringBuilder();
      try (var files = Files.walk(directory)) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          dump.append(Files.readString(file, StandardCharsets.ISO_8859_1));
        }
      }
      return dump.toString();
    }

    @Override
    public void restart() throws IOException {
      server.stop();
      server.start();
    }

    @Override
    public void close() throws IOException {
      server.stop();
    }

    private static String uri(int port) {
      return "redis://127.0.0.1:" + port;
    }

    private static int freePort() throws IOException {
      try (var socket = new ServerSocket(0)) {
        return socket.getLocalPort();
      }
    }
  }
}

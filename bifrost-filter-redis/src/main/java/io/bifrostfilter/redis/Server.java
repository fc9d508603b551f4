package io.bifrostfilter.redis;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.util.function.Supplier;

/** What to connect to. Connecting blocks for as long as the client's connect timeout. */
sealed interface Server {

  /** Keys are text, values are bytes. */
  RedisCodec<String, byte[]> CODEC = RedisCodec.of(StringCodec.UTF8, ByteArrayCodec.INSTANCE);

  /** For scripts. */
  StatefulConnection<String, byte[]> connect();

  /** For what is published. */
  StatefulRedisPubSubConnection<String, String> connectPubSub();

  static Server of(AbstractRedisClient client) {
    if (client instanceof RedisClient single) {
      return new Single(single);
    }
    if (client instanceof RedisClusterClient cluster) {
      return new Cluster(cluster);
    }
    throw new IllegalArgumentException(
        "a client is a RedisClient or a RedisClusterClient; this one is a "
            + client.getClass().getName());
  }

  /** What both kinds of connection can do. */
  static RedisClusterAsyncCommands<String, byte[]> commands(
      StatefulConnection<String, byte[]> connection) {
    return connection instanceof StatefulRedisClusterConnection<String, byte[]> cluster
        ? cluster.async()
        : ((StatefulRedisConnection<String, byte[]>) connection).async();
  }

  /**
   * Whether a connection is not known to be cut: a client that was not told to reject commands
   * would keep them until it is there again. A Cluster's is many connections, which only the answer
   * tells.
   */
  static boolean isAlive(StatefulConnection<String, byte[]> connection) {
    return connection instanceof StatefulRedisClusterConnection || connection.isOpen();
  }

  /** One server, or the one that Sentinel says is the master. */
  record Single(RedisClient client) implements Server {

    @Override
    public StatefulConnection<String, byte[]> connect() {
      return client.connect(CODEC);
    }

    @Override
    public StatefulRedisPubSubConnection<String, String> connectPubSub() {
      return client.connectPubSub();
    }
  }

  /** The nodes of a Cluster, of which one at a time has the slot that matters. */
  record Cluster(RedisClusterClient client) implements Server {

    @Override
    public StatefulConnection<String, byte[]> connect() {
      // What it knows of the Cluster may be why the last connection was given up.
      client.refreshPartitions();
      return client.connect(CODEC);
    }

    @Override
    public StatefulRedisPubSubConnection<String, String> connectPubSub() {
      return client.connectPubSub();
    }
  }

  /** Whatever client there is when a connection is made. */
  record Replaceable(Supplier<? extends AbstractRedisClient> client) implements Server {

    @Override
    public StatefulConnection<String, byte[]> connect() {
      return Server.of(client.get()).connect();
    }

    @Override
    public StatefulRedisPubSubConnection<String, String> connectPubSub() {
      return Server.of(client.get()).connectPubSub();
    }
  }
}

package io.bifrostfilter.redis;

import io.lettuce.core.AbstractRedisClient;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.RedisClusterURIUtil;
import java.net.URI;
import java.time.Duration;
import java.util.List;

/** A client for a URI, with the options that the store wants. */
final class OwnClient {

  private static final String CLUSTER = "cluster=true";

  private OwnClient() {}

  /**
   * @throws IllegalArgumentException if the URI is malformed; the message does not repeat it, since
   *     it may hold a password
   */
  static AbstractRedisClient create(String uri, Duration timeout) {
    SocketOptions socket = SocketOptions.builder().connectTimeout(timeout).keepAlive(true).build();
    if (isCluster(uri)) {
      RedisClusterClient client = RedisClusterClient.create(clusterNodes(uri, timeout));
      client.setOptions(
          ClusterClientOptions.builder()
              .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
              .socketOptions(socket)
              .build());
      return client;
    }
    RedisClient client = RedisClient.create(single(uri, timeout));
    client.setOptions(
        ClientOptions.builder()
            .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
            .socketOptions(socket)
            .build());
    return client;
  }

  static boolean isCluster(String uri) {
    boolean sentinel = uri.contains("-sentinel://");
    return !sentinel && (uri.contains(",") || uri.contains(CLUSTER));
  }

  private static RedisURI single(String uri, Duration timeout) {
    try {
      RedisURI parsed = RedisURI.create(uri);
      parsed.setTimeout(timeout);
      parsed.getSentinels().forEach(sentinel -> sentinel.setTimeout(timeout));
      return parsed;
    } catch (RuntimeException e) {
      throw malformed();
    }
  }

  private static List<RedisURI> clusterNodes(String uri, Duration timeout) {
    try {
      int query = uri.indexOf('?');
      List<RedisURI> nodes =
          RedisClusterURIUtil.toRedisURIs(URI.create(query < 0 ? uri : uri.substring(0, query)));
      nodes.forEach(node -> node.setTimeout(timeout));
      return nodes;
    } catch (RuntimeException e) {
      throw malformed();
    }
  }

  private static IllegalArgumentException malformed() {
    return new IllegalArgumentException(
        "The URI of Redis is malformed. Right are redis://host:6379, rediss://user:password@host,"
            + " redis-sentinel://host:26379,host:26379#master, and redis://host:6379,host:6379 or"
            + " redis://host:6379?cluster=true for a Cluster.");
  }
}

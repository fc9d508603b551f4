package io.bifrostfilter.redis;

import io.bifrostfilter.crypto.Keyring;
import io.bifrostfilter.store.JobStoreException;
import io.lettuce.core.AbstractRedisClient;
import java.time.Clock;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Builds a {@link RedisJobStore}. For one thread. */
public final class RedisJobStoreBuilder {

  /** The beginning of all keys, where no other is asked for. */
  public static final String DEFAULT_KEY_PREFIX = "bifrost:";

  /** For each command, where no other is asked for. */
  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(5);

  private @Nullable String uri;
  private @Nullable Supplier<Server> server;
  private @Nullable Keyring keyring;
  private String keyPrefix = DEFAULT_KEY_PREFIX;
  private Duration timeout = DEFAULT_TIMEOUT;
  private @Nullable Clock clock;

  RedisJobStoreBuilder() {}

  /**
   * Where the server is. {@code rediss} stands for TLS, and credentials go before the host:
   *
   * <ul>
   *   <li>{@code redis://[[user]:password@]host[:port][/database]}
   *   <li>{@code redis-sentinel://[:password@]host[:port][,host[:port]…][/database]#master}
   *   <li>{@code redis://host:port,host:port,…}, or {@code redis://host[:port]?cluster=true}, for a
   *       Cluster
   * </ul>
   *
   * <p>The store has a client of its own then, and closes it with itself.
   */
  public RedisJobStoreBuilder uri(String uri) {
    this.uri = uri;
    return this;
  }

  /**
   * Uses a client that is there already, a {@code RedisClient} or a {@code RedisClusterClient}, and
   * does not close it. It should have {@code DisconnectedBehavior.REJECT_COMMANDS} among its
   * options and a connect timeout of a few seconds, or calls wait for a server that is away where
   * they could fail at once; and a Cluster's client should refresh its topology.
   */
  public RedisJobStoreBuilder client(AbstractRedisClient client) {
    this.server = () -> Server.of(client);
    return this;
  }

  /**
   * Like {@link #client(AbstractRedisClient)}, where another client may take the place of the
   * first.
   *
   * @param client gives the one that is there, for every connection anew; what it throws meanwhile
   *     counts as a server that cannot be reached
   */
  public RedisJobStoreBuilder client(Supplier<? extends AbstractRedisClient> client) {
    this.server = () -> new Server.Replaceable(client);
    return this;
  }

  /** What seals requests and results. Required, since none is a decision as well. */
  public RedisJobStoreBuilder keyring(Keyring keyring) {
    this.keyring = keyring;
    return this;
  }

  /**
   * What sets this store apart from all else on the server. A prefix without a hash tag becomes
   * one: the keys of {@code bifrost:} begin with <code>{bifrost}:</code>, which is what an ACL must
   * allow ({@code ~{bifrost}:*}, and {@code &{bifrost}:*} for the channel).
   */
  public RedisJobStoreBuilder keyPrefix(String keyPrefix) {
    this.keyPrefix = keyPrefix;
    return this;
  }

  /** How long any command may take; at least a millisecond. */
  public RedisJobStoreBuilder timeout(Duration timeout) {
    this.timeout = timeout;
    return this;
  }

  /** For tests, instead of the server's. */
  RedisJobStoreBuilder clock(Clock clock) {
    this.clock = clock;
    return this;
  }

  /**
   * Connects.
   *
   * @throws IllegalArgumentException if what was given is missing, contradictory or malformed
   * @throws JobStoreException if the server cannot be reached, or does not do what is needed
   */
  public RedisJobStore build() {
    Keyring sealing =
        Objects.requireNonNullElseGet(
            keyring,
            () -> {
              throw new IllegalArgumentException(
                  "The redis store keeps prompts, results and credentials, so it needs a keyring to"
                      + " seal them with; Keyring.parse(\"none\") stores them in the clear.");
            });
    if (timeout.toMillis() < 1) {
      throw new IllegalArgumentException("the timeout must be a millisecond or more: " + timeout);
    }
    String prefix = tagged(keyPrefix);
    if (server == null) {
      if (uri == null) {
        throw new IllegalArgumentException("the redis store needs a URI or a client");
      }
      AbstractRedisClient own = OwnClient.create(uri, timeout);
      return open(Server.of(own), prefix, sealing, own::shutdown);
    }
    if (uri != null) {
      throw new IllegalArgumentException("the redis store takes a URI or a client, not both");
    }
    return open(server.get(), prefix, sealing, () -> {});
  }

  private RedisJobStore open(Server chosen, String prefix, Keyring sealing, Runnable afterClose) {
    var listeners = new Listeners();
    var link =
        new RedisLink(
            chosen, prefix, prefix + "changes", listeners::heard, listeners::missed, timeout);
    var store = new RedisJobStore(sealing, link, listeners, afterClose, clock);
    try {
      link.open();
      // Shows now rather than at the first submit whether scripts may be run.
      store.counts();
      ServerAdvice.give(link);
      return store;
    } catch (RuntimeException e) {
      store.close();
      throw e;
    }
  }

  static String tagged(String prefix) {
    if (prefix.isBlank()) {
      throw new IllegalArgumentException("the key prefix must not be empty");
    }
    int tag = prefix.indexOf('{');
    if (tag >= 0 && prefix.indexOf('}', tag) > tag + 1) {
      return prefix;
    }
    if (tag >= 0 || prefix.indexOf('}') >= 0) {
      throw new IllegalArgumentException(
          "the braces of a key prefix must hold a hash tag, as in my{app}:; this one is " + prefix);
    }
    return prefix.endsWith(":")
        ? "{" + prefix.substring(0, prefix.length() - 1) + "}:"
        : "{" + prefix + "}";
  }
}

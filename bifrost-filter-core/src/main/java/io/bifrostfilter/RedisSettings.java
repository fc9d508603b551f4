package io.bifrostfilter;

import java.util.Optional;

/**
 * Where the Redis store finds its server. Immutable.
 *
 * @param uri as the Redis client reads it
 * @param keyPrefix what the names of all keys begin with
 */
public record RedisSettings(Optional<String> uri, String keyPrefix) {

  public RedisSettings {
    if (keyPrefix.isEmpty() || keyPrefix.matches(".*\\s.*")) {
      throw new InvalidConfigException(
          "redis.key-prefix", keyPrefix, "a name such as bifrost:, without blanks");
    }
  }

  /** Does not show the URI, which may hold a password. */
  @Override
  public String toString() {
    return "RedisSettings[keyPrefix=" + keyPrefix + "]";
  }
}

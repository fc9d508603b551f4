package io.bifrostfilter.redis;

import io.bifrostfilter.AsyncJobsConfig;
import io.bifrostfilter.InvalidConfigException;
import io.bifrostfilter.StoreProvider;
import io.bifrostfilter.StoreType;
import io.bifrostfilter.store.JobStore;

/** Makes the store for {@code bifrost.async.store=redis}. */
public final class RedisStoreProvider implements StoreProvider {

  @Override
  public StoreType type() {
    return StoreType.REDIS;
  }

  @Override
  public JobStore open(AsyncJobsConfig config) {
    String uri =
        config
            .redis()
            .uri()
            .orElseThrow(
                () ->
                    new InvalidConfigException(
                        "redis.uri",
                        "bifrost.async.store is \"redis\", which needs to know the server:"
                            + " bifrost.async.redis.uri, such as redis://localhost:6379."));
    try {
      return RedisJobStore.builder()
          .uri(uri)
          .keyPrefix(config.redis().keyPrefix())
          .keyring(config.encryptionKey().orElseThrow())
          .build();
    } catch (IllegalArgumentException e) {
      throw new InvalidConfigException("redis", "bifrost.async.redis: " + e.getMessage());
    }
  }
}

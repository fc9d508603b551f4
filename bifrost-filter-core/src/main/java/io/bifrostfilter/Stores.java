package io.bifrostfilter;

import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.memory.MemoryJobStore;
import java.time.Clock;
import java.util.ServiceLoader;

/** Makes the store that the configuration names. */
final class Stores {

  private Stores() {}

  static JobStore open(AsyncJobsConfig config, Clock clock) {
    return config.store() == StoreType.MEMORY
        ? new MemoryJobStore(clock, config.memoryMaxBytes())
        : provider(config.store()).open(config);
  }

  private static StoreProvider provider(StoreType type) {
    return ServiceLoader.load(StoreProvider.class, StoreProvider.class.getClassLoader()).stream()
        .map(ServiceLoader.Provider::get)
        .filter(provider -> provider.type() == type)
        .findFirst()
        .orElseThrow(
            () ->
                new InvalidConfigException(
                    "store",
                    "bifrost.async.store is \""
                        + type
                        + "\", which needs io.bifrostfilter:bifrost-filter-"
                        + type
                        + " on the class path."));
  }
}

package io.bifrostfilter;

import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.jdbc.JdbcJobStore;
import io.bifrostfilter.store.memory.MemoryJobStore;
import java.time.Clock;
import java.util.ServiceLoader;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/** Makes the store that the configuration names. */
final class Stores {

  private Stores() {}

  /**
   * @param database for the JDBC store, instead of the one that is configured
   */
  static JobStore open(AsyncJobsConfig config, @Nullable DataSource database, Clock clock) {
    return switch (config.store()) {
      case MEMORY -> new MemoryJobStore(clock, config.memoryMaxBytes());
      case JDBC -> jdbc(config, database);
      case REDIS -> provider(config.store()).open(config);
    };
  }

  private static JobStore jdbc(AsyncJobsConfig config, @Nullable DataSource given) {
    JdbcSettings settings = config.jdbc();
    if (given != null) {
      return jdbc(config, given, () -> {});
    }
    if (settings.url().isPresent()) {
      var pool = DataSources.pool(settings, settings.url().get());
      return jdbc(config, pool, (AutoCloseable) pool);
    }
    String jndiName =
        settings
            .jndiName()
            .orElseThrow(
                () ->
                    new InvalidConfigException(
                        "jdbc.url",
                        "bifrost.async.store is \"jdbc\", which needs to know the database:"
                            + " bifrost.async.jdbc.url, bifrost.async.jdbc.jndi-name, or a"
                            + " DataSource given in code."));
    return jdbc(config, DataSources.lookUp(jndiName), () -> {});
  }

  private static JobStore jdbc(
      AsyncJobsConfig config, DataSource database, AutoCloseable closedWithStore) {
    var store =
        JdbcJobStore.builder(database)
            .keyring(config.encryptionKey().orElseThrow())
            .tablePrefix(config.jdbc().tablePrefix())
            .initializeSchema(
                config.jdbc().initializeSchema() == JdbcSettings.InitializeSchema.ALWAYS)
            .closing(closedWithStore);
    try {
      return store.build();
    } catch (IllegalStateException e) {
      // The tables are missing, and not to be created, or they are of another version.
      throw new InvalidConfigException("jdbc.initialize-schema", String.valueOf(e.getMessage()));
    }
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

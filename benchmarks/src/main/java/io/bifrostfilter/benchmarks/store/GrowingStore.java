package io.bifrostfilter.benchmarks.store;

import com.zaxxer.hikari.HikariDataSource;
import io.bifrostfilter.benchmarks.queues.Postgres;
import io.bifrostfilter.store.JobStore;
import java.util.function.LongSupplier;

/**
 * A store that is filled, and then measured.
 *
 * @param threads that work on it at once: a store that waits for commits is not measured by one
 * @param remains goes up with each job that expires, at the latest then, and down again when its
 *     data is removed
 */
record GrowingStore(JobStore store, int threads, LongSupplier remains, Runnable closeDatabase)
    implements AutoCloseable {

  private static final int THREADS = 16;

  /** While it is filled, nobody waits for the disk. */
  private static final String HASTILY = "options=-c%20synchronous_commit=off";

  private static final String EXPIRED_ROWS =
      "select count(*) from bifrost_jobs where ended is not null and expires_at <="
          + " extract(epoch from clock_timestamp()) * 1000";

  static GrowingStore memory() {
    JobStore store = Stores.memory();
    return new GrowingStore(store, 1, () -> store.counts().stored(), () -> {});
  }

  static GrowingStore postgres(String url) {
    HikariDataSource database = Postgres.pool(url);
    return new GrowingStore(
        Stores.jdbc(database),
        THREADS,
        () -> Postgres.number(database, EXPIRED_ROWS),
        database::close);
  }

  /** The same database, to be filled. */
  static GrowingStore postgresInHaste(String url) {
    return postgres(url + (url.contains("?") ? "&" : "?") + HASTILY);
  }

  @Override
  public void close() {
    store.close();
    closeDatabase.run();
  }
}

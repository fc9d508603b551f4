package io.bifrostfilter.benchmarks.store;

import com.zaxxer.hikari.HikariDataSource;
import io.bifrostfilter.benchmarks.queues.Postgres;
import io.bifrostfilter.store.JobStore;
import java.util.Collection;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * A store that is filled, and then measured.
 *
 * @param threads that work on it at once: a store that waits for commits is not measured by one
 * @param remains goes up with each job that expires, at the latest then, and down again when its
 *     data is removed
 * @param removeWaiting is given all jobs that wait, and takes them away again
 */
record GrowingStore(
    JobStore store,
    int threads,
    LongSupplier remains,
    Consumer<Collection<UUID>> removeWaiting,
    Runnable closeDatabase)
    implements AutoCloseable {

  private static final int THREADS = 16;

  /**
   * As the index has them, and by the time of the statement: {@code clock_timestamp()} changes
   * within one, so that it would be asked for each of a million rows.
   */
  private static final String EXPIRED_ROWS =
      "select count(*) from bifrost_jobs where ended in (2, 3) and expires_at <="
          + " cast(extract(epoch from statement_timestamp()) * 1000 as bigint)";

  /** Only jobs that are not done have a request. */
  private static final String REMOVE_WAITING =
      "delete from bifrost_jobs where ended is null; delete from bifrost_requests";

  static GrowingStore memory() {
    JobStore store = Stores.memory();
    return new GrowingStore(
        store, 1, () -> store.counts().stored(), ids -> ids.forEach(store::delete), () -> {});
  }

  static GrowingStore postgres(String url) {
    HikariDataSource database = Postgres.pool(url);
    return new GrowingStore(
        Stores.jdbc(database),
        THREADS,
        () -> Postgres.number(database, EXPIRED_ROWS),
        ids -> Postgres.execute(database, REMOVE_WAITING),
        database::close);
  }

  @Override
  public void close() {
    store.close();
    closeDatabase.run();
  }
}

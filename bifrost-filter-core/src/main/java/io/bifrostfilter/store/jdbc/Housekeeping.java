package io.bifrostfilter.store.jdbc;

import io.bifrostfilter.store.JobStoreException;
import io.bifrostfilter.threads.OwnThreads;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the store does unasked, on one thread of its own: it finds out when the database is back,
 * gives back what the worker has not come for, and removes what expired when that is too much for
 * one call.
 */
final class Housekeeping implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Housekeeping.class);
  private static final Duration EVERY = Duration.ofSeconds(1);

  /** What waits for a worker that does not come is given back after that. */
  private static final Duration UNCLAIMED_FOR = Duration.ofSeconds(1);

  /** So few that nothing waits long for their locks, or for what they make the log write. */
  private static final int REMOVE_AT_ONCE = 500;

  /** Whoever calls has other things to do, such as to renew leases. */
  private static final Duration REMOVE_IN_CALL = Duration.ofMillis(200);

  private static final Duration PROBE_AT_ONCE = Duration.ofMillis(100);

  private final Database database;
  private final JobTables tables;
  private final Consumer<Duration> giveBackUnclaimed;
  private final BatchSize atOnce = new BatchSize(REMOVE_AT_ONCE);
  private final AtomicBoolean removing = new AtomicBoolean();
  private volatile boolean closed;
  private final OwnThreads threads = NamedThreads.one("keeper");
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(threads);

  /**
   * @param giveBackUnclaimed gives back what the worker has not come for in that time
   */
  Housekeeping(Database database, JobTables tables, Consumer<Duration> giveBackUnclaimed) {
    this.database = database;
    this.tables = tables;
    this.giveBackUnclaimed = giveBackUnclaimed;
    every(EVERY, database::probe);
    every(EVERY, () -> giveBackUnclaimed.accept(UNCLAIMED_FOR));
    database.availability().whenLost(() -> execute(this::probeAtOnce));
  }

  /**
   * Removes what has expired: all of it, unless it is very much; then the rest is removed later.
   */
  void removeExpired() {
    long start = System.nanoTime();
    while (removeSome()) {
      if (System.nanoTime() - start > REMOVE_IN_CALL.toNanos()) {
        if (removing.compareAndSet(false, true)) {
          execute(this::removeMore);
        }
        return;
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    database.availability().whenLost(() -> {});
    NamedThreads.end(thread, threads, Database.PATIENCE);
    try {
      giveBackUnclaimed.accept(Duration.ZERO);
    } catch (JobStoreException e) {
      log.debug("Jobs could not be given back; they wait until their leases lapse.", e);
    }
  }

  /**
   * Most often it was one connection and not the database, or a pool has some more that are dead.
   */
  private void probeAtOnce() {
    long start = System.nanoTime();
    do {
      database.probe();
    } while (database.availability().isAway()
        && System.nanoTime() - start < PROBE_AT_ONCE.toNanos());
  }

  /** Returns whether there may be more. */
  private boolean removeSome() {
    int some = atOnce.get();
    long start = System.nanoTime();
    try {
      int removed = database.call(connection -> tables.removeExpired(connection, some));
      atOnce.took(Duration.ofNanos(System.nanoTime() - start));
      return removed == some;
    } catch (JobStoreException e) {
      atOnce.failed();
      throw e;
    }
  }

  /**
   * Some, and then more after a while, in which the other duties of this thread have their turn.
   */
  private void removeMore() {
    long start = System.nanoTime();
    boolean more = false;
    try {
      more = removeSome() && !closed;
    } finally {
      removing.set(more);
    }
    if (more) {
      // As long again for those who work.
      execute(this::removeMore, System.nanoTime() - start);
    }
  }

  private void every(Duration period, Runnable duty) {
    thread.scheduleWithFixedDelay(
        guarded(duty), period.toMillis(), period.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void execute(Runnable duty) {
    execute(duty, 0);
  }

  private void execute(Runnable duty, long delayNanos) {
    try {
      thread.schedule(guarded(duty), delayNanos, TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException e) {
      log.debug("The store is closed.");
    }
  }

  private static Runnable guarded(Runnable duty) {
    return () -> {
      try {
        duty.run();
      } catch (JobStoreException e) {
        log.debug("Housekeeping failed; it is tried again.", e);
      } catch (Throwable t) {
        log.warn("Housekeeping failed; it is tried again.", t);
      }
    };
  }
}

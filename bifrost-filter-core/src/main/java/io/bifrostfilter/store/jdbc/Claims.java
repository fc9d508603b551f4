package io.bifrostfilter.store.jdbc;

import io.bifrostfilter.store.ClaimedJob;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives jobs to the worker of this node: those that are reserved for it, else what waits in the
 * database.
 *
 * <p>While more waits than the worker had room for, jobs are claimed <em>ahead</em>: as many as
 * outcomes are being written at that time, since so many runs have ended, and their slots are free
 * as soon as that is done. So both are done at once, and none is claimed that is not about to
 * start. For many threads.
 */
final class Claims implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Claims.class);

  /** Fewer are not worth a transaction; the worker claims them with others. */
  private static final int LEAST_AHEAD = 8;

  /**
   * How long it is believed that nothing waits, as long as nothing is heard of it. Less than the
   * time after which a worker looks unasked, which always looks into the database.
   */
  static final Duration BELIEVED = Duration.ofMillis(500);

  private final Database database;
  private final JobTables tables;
  private final Reservations reservations;
  private final ChangeFeed feed;
  private final Duration believed;
  private final Function<List<JobRow>, List<ClaimedJob>> readable;

  /** How long the leases of a worker are that got all it asked for; else null. */
  private volatile @Nullable Duration backlog;

  private volatile CompletableFuture<Void> ahead = CompletableFuture.completedFuture(null);

  /**
   * @param feed brings what is heard of jobs that wait
   * @param believed how long it is believed that nothing waits
   * @param readable makes jobs of rows, and ends those that cannot be read
   */
  Claims(
      Database database,
      JobTables tables,
      Reservations reservations,
      ChangeFeed feed,
      Duration believed,
      Function<List<JobRow>, List<ClaimedJob>> readable) {
    this.database = database;
    this.tables = tables;
    this.reservations = reservations;
    this.feed = feed;
    this.believed = believed;
    this.readable = readable;
  }

  /** As {@link io.bifrostfilter.store.JobStore#claim} has it. */
  List<ClaimedJob> claim(int max, Duration lease) {
    database.availability().check();
    List<ClaimedJob> reserved = reservations.take(max);
    if (reserved.isEmpty() && !ahead.isDone()) {
      awaitAhead();
      reserved = reservations.take(max);
    }
    if (!reserved.isEmpty()) {
      return reserved;
    }
    // Or each end of a run would ask once more whether anything waits.
    if (feed.hearsAll() && reservations.demandAgain(max, lease, believed)) {
      return List.of();
    }
    long look = reservations.look();
    List<JobRow> rows =
        database.call(
            tables.aroundEach(),
            connection -> tables.claim(connection, max, lease),
            late -> reservations.keep(readable.apply(late), lease));
    backlog = rows.size() == max ? lease : null;
    List<ClaimedJob> claimed = readable.apply(rows);
    reservations.demand(look, max - rows.size(), lease);
    return claimed;
  }

  /**
   * So many slots of the worker will be free in a moment. Does not wait. For one thread at a time.
   */
  void slotsBecomeFree(int count) {
    Duration lease = backlog;
    int missing = count - reservations.count();
    if (lease != null && missing >= LEAST_AHEAD && ahead.isDone()) {
      ahead =
          database.later(
              tables.aroundEach(),
              connection -> tables.claim(connection, missing, lease),
              rows -> claimedAhead(rows, missing, lease));
    }
  }

  /** What was claimed ahead is still there; its worker has other things to do, or is stopping. */
  void nobodyCame() {
    backlog = null;
  }

  /** Returns when nothing is being claimed ahead any more, once {@link #slotsBecomeFree} is not. */
  @Override
  public void close() {
    awaitAhead();
  }

  private void claimedAhead(List<JobRow> rows, int wanted, Duration lease) {
    if (rows.size() < wanted) {
      backlog = null;
    }
    reservations.keep(readable.apply(rows), lease);
  }

  private void awaitAhead() {
    try {
      ahead.get(Database.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      log.debug("Nothing was claimed ahead.", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

package io.bifrostfilter.store.jdbc;

import io.bifrostfilter.store.JobListener.Change;
import io.bifrostfilter.store.JobStoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks several times a second what waits and what is done, for databases that cannot call. Of jobs
 * that were deleted it learns nothing: their workers do when they renew their leases, and whoever
 * waits for them does when the wait is over.
 */
final class PollingFeed implements ChangeFeed {

  private static final Logger log = LoggerFactory.getLogger(PollingFeed.class);
  private static final Duration EVERY = Duration.ofMillis(250);

  /** More news at once than that is looked at the next time. */
  private static final int MAX_NEWS = 1000;

  /** A change is seen when it is committed, which may be that much later than its time says. */
  private static final long OVERLAP_MILLIS = 5_000;

  private final Database database;
  private final JobTables tables;
  private final Receiver receiver;
  private final Thread thread = NamedThreads.named("poll", this::work);
  private volatile boolean closed;

  /** What was told of the last seconds, so that it is told once. For its own thread. */
  private final Map<UUID, Long> told = new LinkedHashMap<>();

  private long doneSince = -1;
  private long pendingAfter = -1;

  PollingFeed(Database database, JobTables tables, Receiver receiver) {
    this.database = database;
    this.tables = tables;
    this.receiver = receiver;
    thread.start();
  }

  @Override
  public boolean isHeard() {
    return false;
  }

  /** It sees what others leave only when it looks. */
  @Override
  public boolean hearsAll() {
    return false;
  }

  @Override
  public void publish(Connection connection, Change change, Collection<UUID> ids) {}

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
    NamedThreads.await(thread, Database.PATIENCE);
  }

  private void work() {
    while (!closed) {
      try {
        database.transaction(this::look);
      } catch (JobStoreException e) {
        log.debug("The database could not be polled.", e);
      } catch (Throwable t) {
        log.warn("Polling the database failed; it goes on.", t);
      }
      if (!closed) {
        LockSupport.parkNanos(this, pause().toNanos());
      }
    }
  }

  /** Not all nodes at the same time. */
  private static Duration pause() {
    return EVERY.multipliedBy(ThreadLocalRandom.current().nextInt(80, 121)).dividedBy(100);
  }

  private boolean look(Connection connection) throws SQLException {
    if (doneSince < 0) {
      doneSince = tables.now(connection);
      pendingAfter = tables.lastSeq(connection);
      return true;
    }
    List<JobTables.News> pending = tables.pendingAfter(connection, pendingAfter, MAX_NEWS);
    if (!pending.isEmpty()) {
      pendingAfter = pending.get(pending.size() - 1).position();
      receiver.changed(Change.PENDING, pending.stream().map(JobTables.News::id).toList());
    }
    var done = new ArrayList<UUID>();
    for (JobTables.News each :
        tables.doneSince(connection, doneSince - OVERLAP_MILLIS, MAX_NEWS + told.size())) {
      if (told.putIfAbsent(each.id(), each.position()) == null) {
        done.add(each.id());
      }
      doneSince = Math.max(doneSince, each.position());
    }
    if (!done.isEmpty()) {
      receiver.changed(Change.DONE, done);
    }
    told.values().removeIf(when -> when < doneSince - OVERLAP_MILLIS);
    return true;
  }
}

package io.bifrostfilter.store.jdbc;

import io.bifrostfilter.store.JobListener.Change;
import io.bifrostfilter.store.JobStoreException;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * PostgreSQL's {@code LISTEN} and {@code NOTIFY}. One connection listens as long as it lasts, then
 * another; a listener is then told of what was done meanwhile. Where nothing is heard, as through a
 * pooler that gives a session to another client after each transaction, the database is polled.
 *
 * <p>A commit with a notification takes a lock that the whole database cluster has one of. So
 * nothing is notified while no other node listens: each says so when it begins, and holds a shared
 * advisory lock as long as it does.
 */
final class ListeningFeed implements ChangeFeed {

  private static final Logger log = LoggerFactory.getLogger(ListeningFeed.class);
  private static final Duration LISTEN_FOR = Duration.ofSeconds(2);
  private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

  /** It takes milliseconds, unless the machine has far too much to do. */
  private static final Duration HEARD_WITHIN = Duration.ofSeconds(5);

  private static final int MAX_CAUGHT_UP = 10_000;

  /** A change is seen when it is committed, which may be that much later than its time says. */
  private static final long OVERLAP_MILLIS = 5_000;

  /** A payload has at most 8,000 bytes, and an id takes 22 and its comma. */
  private static final int MAX_IDS = 300;

  private static final Map<Change, String> LETTERS =
      Map.of(Change.PENDING, "P", Change.DONE, "D", Change.DELETED, "X");
  private static final Map<String, Change> CHANGES =
      Map.of("P", Change.PENDING, "D", Change.DONE, "X", Change.DELETED);

  private final Database database;
  private final JobTables tables;
  private final String channel;
  private final Receiver receiver;

  /** By which a node knows its own news. */
  private final String self = encoded(UUID.randomUUID());

  private final Thread thread = NamedThreads.named("listen", this::work);
  private volatile boolean othersListen = true;
  private volatile boolean listening;
  private volatile @Nullable PollingFeed polling;
  private volatile boolean closed;

  /** For its own thread. */
  private boolean heardItself;

  /** The database's time at which it was last listened to, or -1. For its own thread. */
  private long heardUntil = -1;

  ListeningFeed(Database database, JobTables tables, String channel, Receiver receiver) {
    this.database = database;
    this.tables = tables;
    this.channel = channel;
    this.receiver = receiver;
    thread.start();
  }

  @Override
  public boolean isHeard() {
    return othersListen;
  }

  @Override
  public boolean hearsAll() {
    return listening;
  }

  @Override
  public void publish(Connection connection, Change change, Collection<UUID> ids)
      throws SQLException {
    if (!othersListen || ids.isEmpty()) {
      return;
    }
    List<String> encoded = ids.stream().map(ListeningFeed::encoded).toList();
    for (int from = 0; from < encoded.size(); from += MAX_IDS) {
      List<String> some = encoded.subList(from, Math.min(from + MAX_IDS, encoded.size()));
      notify(connection, self + "," + LETTERS.get(change) + "," + String.join(",", some));
    }
  }

  private void notify(Connection connection, String payload) throws SQLException {
    try (var statement = connection.prepareStatement("SELECT pg_notify(?, ?)")) {
      statement.setString(1, channel);
      statement.setString(2, payload);
      statement.execute();
    }
  }

  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
    try {
      database.transaction(
          connection -> {
            // Its own connection listens, and so it is woken.
            notify(connection, self);
            return true;
          });
    } catch (JobStoreException e) {
      log.debug("The database is away; the thread that listens to it ends by itself.", e);
    }
    NamedThreads.await(thread, Database.PATIENCE.plus(LISTEN_FOR));
    PollingFeed polls = polling;
    if (polls != null) {
      polls.close();
    }
  }

  private void work() {
    while (!closed && polling == null) {
      try {
        listen();
      } catch (SQLException | JobStoreException e) {
        log.debug("Listening to the database ended; it goes on with another connection.", e);
      } catch (Throwable t) {
        log.warn("Listening to the database failed; it goes on.", t);
      }
      listening = false;
      othersListen = true;
      if (!closed) {
        LockSupport.parkNanos(this, RETRY_AFTER.toNanos());
      }
    }
    while (!closed) {
      lookForListeners();
      LockSupport.parkNanos(this, RETRY_AFTER.toNanos());
    }
  }

  private void listen() throws SQLException {
    try (BorrowedConnection borrowed = database.borrow(false)) {
      Connection connection = borrowed.connection();
      try {
        execute(connection, "LISTEN " + channel);
        if (!hears(connection)) {
          pollInstead();
          return;
        }
        execute(connection, "SELECT pg_advisory_lock_shared(" + lock() + ")");
        // So that the others begin to notify at once.
        notify(connection, self + ",hello");
        catchUp(connection);
        for (boolean first = true; !closed; first = false) {
          PostgresDriver.notifications(connection, LISTEN_FOR).forEach(this::received);
          if (!closed) {
            othersListen = listeners(connection) > 1;
            if (first) {
              // What was done before they knew.
              catchUp(connection);
              listening = true;
            }
            heardUntil = tables.now(connection);
          }
        }
      } finally {
        stopListening(connection);
      }
    }
  }

  /** Whether it comes to this connection what is said on another. */
  private boolean hears(Connection connection) throws SQLException {
    heardItself = false;
    database.transaction(
        other -> {
          notify(other, self);
          return true;
        });
    long start = System.nanoTime();
    while (!heardItself && !closed && System.nanoTime() - start < HEARD_WITHIN.toNanos()) {
      PostgresDriver.notifications(connection, LISTEN_FOR).forEach(this::received);
    }
    return heardItself || closed;
  }

  private void pollInstead() {
    log.warn(
        "What PostgreSQL notifies is not heard, probably since connections go through a pooler in"
            + " transaction mode. The database is polled instead, four times a second. A data"
            + " source of its own for the jobs, without the pooler, spares it that.");
    polling = new PollingFeed(database, tables, receiver);
  }

  /** Those that reach the database without the pooler. */
  private void lookForListeners() {
    try {
      othersListen = database.transaction(this::listeners) > 0;
    } catch (JobStoreException e) {
      log.debug("The database could not be asked who listens.", e);
      othersListen = true;
    }
  }

  /** So that the connection goes back to its pool as it came. */
  private void stopListening(Connection connection) throws SQLException {
    if (!connection.isClosed()) {
      execute(connection, "UNLISTEN " + channel);
      execute(connection, "SELECT pg_advisory_unlock_all()");
    }
  }

  private void catchUp(Connection connection) throws SQLException {
    if (heardUntil >= 0) {
      List<JobTables.News> missed =
          tables.doneSince(connection, heardUntil - OVERLAP_MILLIS, MAX_CAUGHT_UP);
      receiver.changed(Change.DONE, missed.stream().map(JobTables.News::id).toList());
    }
    heardUntil = tables.now(connection);
  }

  private long listeners(Connection connection) throws SQLException {
    try (var statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
                    + " AND ((classid::bigint << 32) | objid::bigint) = "
                    + lock()
                    + " AND database = (SELECT oid FROM pg_database WHERE datname ="
                    + " current_database()) AND objsubid = 1")) {
      row.next();
      return row.getLong(1);
    }
  }

  /** A number that stands for the channel. */
  private long lock() {
    return Integer.toUnsignedLong(channel.hashCode());
  }

  private void received(String payload) {
    String[] parts = payload.split(",");
    if (parts[0].equals(self)) {
      heardItself = true;
      return;
    }
    othersListen = true;
    Change change = parts.length < 3 ? null : CHANGES.get(parts[1]);
    if (change == null) {
      return;
    }
    var ids = new ArrayList<UUID>();
    for (int i = 2; i < parts.length; i++) {
      ids.add(decoded(parts[i]));
    }
    receiver.changed(change, ids);
  }

  private static String encoded(UUID id) {
    ByteBuffer bytes = ByteBuffer.allocate(2 * Long.BYTES);
    bytes.putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits());
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
  }

  private static UUID decoded(String text) {
    ByteBuffer bytes = ByteBuffer.wrap(Base64.getUrlDecoder().decode(text));
    return new UUID(bytes.getLong(), bytes.getLong());
  }

  private static void execute(Connection connection, String sql) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}

package io.bifrostfilter.store.jdbc;

import io.bifrostfilter.store.JobStoreException;
import java.sql.SQLException;
import java.sql.SQLNonTransientConnectionException;
import java.sql.SQLRecoverableException;
import java.sql.SQLTransientConnectionException;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Whether the database can be reached, so that calls fail at once while it cannot, rather than each
 * wait for itself. For many threads.
 */
final class Availability {

  /** Shutting down, crashed, not yet up, and too many connections, as PostgreSQL says them. */
  private static final Set<String> AWAY = Set.of("57P01", "57P02", "57P03", "53300");

  private final AtomicReference<@Nullable Throwable> away = new AtomicReference<>();
  private volatile Runnable whenLost = () -> {};

  /** What is to happen as soon as the database is away; must not block. */
  void whenLost(Runnable action) {
    whenLost = action;
  }

  /**
   * @throws JobStoreException if the database is away
   */
  void check() {
    Throwable cause = away.get();
    if (cause != null) {
      throw new JobStoreException(
          "The database is away; it is asked every second whether it is back.", cause);
    }
  }

  boolean isAway() {
    return away.get() != null;
  }

  void lost(Throwable cause) {
    if (away.compareAndSet(null, cause)) {
      whenLost.run();
    }
  }

  void back() {
    away.set(null);
  }

  /** Whether this is about the connection, and not about what was asked. */
  static boolean isAbsence(SQLException e) {
    if (e instanceof SQLTransientConnectionException
        || e instanceof SQLNonTransientConnectionException
        || e instanceof SQLRecoverableException) {
      return true;
    }
    String state = e.getSQLState();
    return state != null && (state.startsWith("08") || AWAY.contains(state));
  }
}

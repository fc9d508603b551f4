package io.bifrostfilter.store.jdbc;

import io.bifrostfilter.store.JobStoreException;
import io.bifrostfilter.threads.OwnThreads;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs transactions, each on a connection of the user's {@link DataSource} that is given back as it
 * came. For many threads.
 *
 * <p>Calls are carried out by a few threads of its own. So they take part in no transaction that
 * the caller's thread is in; no interrupt of a caller reaches the driver, which ends an embedded
 * database; and a caller waits for {@link #PATIENCE} at most, however long the {@code DataSource}
 * takes to find that there is no connection to be had.
 */
final class Database implements AutoCloseable {

  /** How long a caller waits, and how long the database may be silent. */
  static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final Logger log = LoggerFactory.getLogger(Database.class);

  /** So that the store leaves most of a pool of ordinary size, 10, to the application. */
  private static final int MAX_CALLS = 4;

  private static final int MAX_TRIES = 5;
  private static final int UNKNOWN = -1;

  /** Serialization failure, deadlock, lock timeout: the transaction is undone, and may go again. */
  private static final Set<String> MAY_GO_AGAIN = Set.of("40001", "40P01", "HYT00");

  private static final Set<Integer> MYSQL_MAY_GO_AGAIN = Set.of(1205, 1213);

  private final DataSource dataSource;
  private volatile Function<TransactionKind, String> opening = kind -> "";
  private final Availability availability = new Availability();
  private final OwnThreads threads = NamedThreads.numbered("call");
  private final ThreadPoolExecutor executor =
      new ThreadPoolExecutor(
          MAX_CALLS, MAX_CALLS, 10, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), threads);

  /** That connections come with; all of a pool alike. */
  private volatile int isolation = UNKNOWN;

  Database(DataSource dataSource) {
    this.dataSource = dataSource;
    executor.allowCoreThreadTimeOut(true);
  }

  /** What is done in one transaction. It may be done again if it could not be committed. */
  @FunctionalInterface
  interface Work<T> {

    T on(Connection connection) throws SQLException;
  }

  Availability availability() {
    return availability;
  }

  /**
   * Has a transaction carried out, and waits for it.
   *
   * @throws JobStoreException if it failed, or was not done in time; then it may still be done
   */
  <T> T call(Work<T> work) {
    return call(TransactionKind.ORDINARY, work, late -> {});
  }

  /**
   * @param late is given the result if the caller has gone by then; runs on a thread of the store
   */
  <T> T call(TransactionKind kind, Work<T> work, Consumer<T> late) {
    return await(() -> transaction(kind, work), late);
  }

  /** The same for a single statement. */
  <T> T ask(Work<T> statement) {
    return call(TransactionKind.NONE, statement, late -> {});
  }

  /**
   * Has a transaction carried out that nobody waits for.
   *
   * @param then is given the result; runs on a thread of the store
   * @return done when that is, or it has failed
   */
  <T> CompletableFuture<Void> later(TransactionKind kind, Work<T> work, Consumer<T> then) {
    try {
      return CompletableFuture.runAsync(() -> then.accept(transaction(kind, work)), executor);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private <T> T await(Supplier<T> work, Consumer<T> late) {
    availability.check();
    var result = new CompletableFuture<T>();
    Runnable task =
        () -> {
          if (result.isDone()) {
            return;
          }
          try {
            T value = work.get();
            if (!result.complete(value)) {
              late.accept(value);
            }
          } catch (Throwable t) {
            if (!result.completeExceptionally(t)) {
              log.debug("A call failed that nobody waits for any more.", t);
            }
          }
        };
    try {
      executor.execute(task);
      return result.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw asThrown(e);
    } catch (TimeoutException e) {
      var silent = new JobStoreException("The database did not answer in " + PATIENCE + ".", e);
      if (result.completeExceptionally(silent)) {
        availability.lost(silent);
        throw silent;
      }
      return result.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      var interrupted = new JobStoreException("Interrupted while the database was asked.", e);
      if (result.completeExceptionally(interrupted)) {
        throw interrupted;
      }
      return result.join();
    } catch (RejectedExecutionException e) {
      throw new JobStoreException("The store is closed.", e);
    }
  }

  /**
   * Has each transaction begin with this from now on.
   *
   * @param sql nothing if it is empty
   */
  void openEachWith(Function<TransactionKind, String> sql) {
    opening = sql;
  }

  /** Carries a transaction out on this thread, which must be the store's own. */
  <T> T transaction(Work<T> work) {
    return transaction(TransactionKind.ORDINARY, work);
  }

  <T> T transaction(TransactionKind kind, Work<T> work) {
    return perhapsAgain(() -> kind == TransactionKind.NONE ? alone(work) : once(kind, work));
  }

  /** What may fail for reasons that are over when it is tried again. */
  @FunctionalInterface
  private interface Attempt<T> {

    T make() throws SQLException;
  }

  private <T> T perhapsAgain(Attempt<T> attempt) {
    availability.check();
    for (int tries = 1; ; tries++) {
      try {
        return attempt.make();
      } catch (SQLException e) {
        if (!mayGoAgain(e) || tries == MAX_TRIES) {
          throw failed(e);
        }
        log.debug("A transaction is tried again.", e);
      }
    }
  }

  /** Asks whether the database is back, if it is away. On a thread of the store's own. */
  void probe() {
    if (!availability.isAway()) {
      return;
    }
    try {
      once(
          TransactionKind.ORDINARY,
          connection -> {
            try (var statement = connection.createStatement()) {
              return statement.execute("SELECT 1");
            }
          });
      availability.back();
    } catch (SQLException e) {
      log.debug("The database is still away.", e);
    }
  }

  /**
   * A connection to keep, which whoever asked gives back.
   *
   * @param committing as {@link BorrowedConnection#from} has it
   * @throws SQLException if there is none
   */
  BorrowedConnection borrow(boolean committing) throws SQLException {
    int before = isolation;
    if (before == UNKNOWN) {
      try (Connection connection = dataSource.getConnection()) {
        before = connection.getTransactionIsolation();
      }
      isolation = before;
    }
    return BorrowedConnection.from(dataSource, before, committing);
  }

  /** Ends its threads; what is under way is waited for. */
  @Override
  public void close() {
    NamedThreads.end(executor, threads, PATIENCE);
  }

  private <T> T once(TransactionKind kind, Work<T> work) throws SQLException {
    try (BorrowedConnection borrowed = borrow(true)) {
      open(borrowed.connection(), opening.apply(kind));
      T result = work.on(borrowed.connection());
      borrowed.commit();
      return result;
    }
  }

  private <T> T alone(Work<T> statement) throws SQLException {
    try (BorrowedConnection borrowed = borrow(false)) {
      return statement.on(borrowed.connection());
    }
  }

  private static void open(Connection connection, String sql) throws SQLException {
    if (!sql.isEmpty()) {
      try (var statement = connection.prepareStatement(sql)) {
        statement.execute();
      }
    }
  }

  private JobStoreException failed(SQLException e) {
    var failure = new JobStoreException("The database could not do what it was asked.", e);
    if (Availability.isAbsence(e) || e instanceof SQLTimeoutException) {
      availability.lost(e);
    }
    return failure;
  }

  private static boolean mayGoAgain(SQLException e) {
    for (SQLException each = e; each != null; each = each.getNextException()) {
      String state = each.getSQLState();
      if ((state != null && MAY_GO_AGAIN.contains(state))
          || MYSQL_MAY_GO_AGAIN.contains(each.getErrorCode())) {
        return true;
      }
    }
    return false;
  }

  /** Another thread's failure, with this thread's stack, and its own below. */
  static JobStoreException asThrown(ExecutionException e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    return new JobStoreException(
        cause instanceof JobStoreException
            ? String.valueOf(cause.getMessage())
            : "The store failed.",
        cause);
  }
}

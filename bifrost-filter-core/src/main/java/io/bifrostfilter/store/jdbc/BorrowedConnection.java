package io.bifrostfilter.store.jdbc;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection of the user's, set as the store needs it, and set back when it is closed; what was
 * not committed by then is undone. For one thread.
 */
final class BorrowedConnection implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(BorrowedConnection.class);

  private final Connection connection;
  private final boolean readOnly;
  private final int isolation;
  private final boolean autoCommit;
  private final boolean committing;
  private final int networkTimeout;
  private boolean dirty = true;

  private BorrowedConnection(Connection connection, int isolation, boolean committing)
      throws SQLException {
    this.connection = connection;
    this.autoCommit = connection.getAutoCommit();
    this.readOnly = connection.isReadOnly();
    if (readOnly) {
      connection.setReadOnly(false);
    }
    this.networkTimeout = limitSilence();
    // Claims skip what others have locked, and must then see what those have made of it.
    this.isolation = isolation;
    if (isolation != Connection.TRANSACTION_READ_COMMITTED) {
      connection.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
    }
    this.committing = committing;
    if (autoCommit == committing) {
      connection.setAutoCommit(!committing);
    }
  }

  /**
   * @param isolation that the connection comes with, which some drivers have to ask the server for
   * @param committing whether it is to be committed; else each statement is a transaction
   */
  static BorrowedConnection from(DataSource dataSource, int isolation, boolean committing)
      throws SQLException {
    Connection connection = dataSource.getConnection();
    try {
      return new BorrowedConnection(connection, isolation, committing);
    } catch (SQLException | RuntimeException e) {
      try (connection) {
        throw e;
      }
    }
  }

  Connection connection() {
    return connection;
  }

  void commit() throws SQLException {
    connection.commit();
    dirty = false;
  }

  @Override
  public void close() {
    try (connection) {
      if (connection.isClosed()) {
        return;
      }
      if (committing && dirty) {
        connection.rollback();
      }
      if (autoCommit == committing) {
        connection.setAutoCommit(autoCommit);
      }
      if (isolation != Connection.TRANSACTION_READ_COMMITTED) {
        connection.setTransactionIsolation(isolation);
      }
      if (readOnly) {
        connection.setReadOnly(true);
      }
      if (networkTimeout >= 0) {
        connection.setNetworkTimeout(Runnable::run, networkTimeout);
      }
    } catch (SQLException e) {
      // Whatever was done is done; a pool throws such a connection away.
      log.debug("A connection could not be given back as it came.", e);
    }
  }

  /** Returns what it was, or -1 if the driver has no such thing. */
  private int limitSilence() throws SQLException {
    try {
      int before = connection.getNetworkTimeout();
      connection.setNetworkTimeout(Runnable::run, (int) Database.PATIENCE.toMillis());
      return before;
    } catch (SQLFeatureNotSupportedException e) {
      return -1;
    }
  }
}

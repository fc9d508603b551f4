package io.bifrostfilter.store.jdbc;

import io.bifrostfilter.store.JobListener.Change;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Collection;
import java.util.UUID;

/** Brings other nodes' changes here, and this node's changes to them. For many threads. */
interface ChangeFeed extends AutoCloseable {

  /** Whether {@link #publish} has anybody to tell. */
  boolean isHeard();

  /** Whether this node is told at once of all that begins to wait, whichever node left it. */
  boolean hearsAll();

  /** Puts changes out that are being made in this transaction, if anybody is there to see. */
  void publish(Connection connection, Change change, Collection<UUID> ids) throws SQLException;

  /** Returns when its thread has ended. */
  @Override
  void close();

  /** Is given what other nodes have changed, and perhaps what this one has; must not block. */
  @FunctionalInterface
  interface Receiver {

    void changed(Change change, Collection<UUID> ids);
  }
}

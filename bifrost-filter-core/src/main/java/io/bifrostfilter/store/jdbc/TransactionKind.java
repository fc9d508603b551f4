package io.bifrostfilter.store.jdbc;

/** What the server is told of a transaction as it begins, where it can be told so. */
enum TransactionKind {

  /**
   * None: a single statement, which is a transaction by itself. That is one exchange with the
   * server instead of three. PostgreSQL may keep its plan, so that one that depends on what is in
   * the tables has its settings in front.
   */
  NONE,

  /** Planned for the tables as they are, and on the disk when it is committed. */
  ORDINARY,

  /**
   * One of the few that come all the time. The plans of its statements are kept, so that each must
   * find what it is after in an index, and in the order of that index.
   */
  ROUTINE,

  /**
   * The same, and committed before it is on the disk. A server that crashes may forget what was
   * committed so within the last second: for what is done again then.
   */
  RELAXED
}

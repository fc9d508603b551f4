package io.bifrostfilter.benchmarks.queues;

/**
 * A queue of jobs that do nothing, on a database. Submits are for many threads, the rest for one.
 */
public interface DurableQueue extends AutoCloseable {

  String name();

  /** Returns when the job is as durable as it gets. */
  void submit();

  /** Begins to run what was submitted. */
  void startWorkers();

  /** Returns when no worker runs any more. */
  void stopWorkers();

  /** Whether any job is not done yet; cheap, since it is asked while jobs are run. */
  boolean hasUnfinished();

  /** Leaves nothing behind that would slow the next ones down. */
  void clear();

  @Override
  void close();
}

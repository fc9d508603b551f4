package io.bifrostfilter.benchmarks.queues;

/**
 * Looks at what a store keeps, and throws it away, behind the store's back: its own ways tell more
 * than is asked here, and would be part of what is measured. For one thread.
 */
public interface Backdoor extends AutoCloseable {

  /** Whether any job is not done yet; cheap, since it is asked while jobs are run. */
  boolean hasUnfinished();

  /** Removes all jobs; the store is idle meanwhile. */
  void clear();

  @Override
  void close();
}

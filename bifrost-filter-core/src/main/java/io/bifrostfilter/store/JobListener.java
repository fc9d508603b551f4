package io.bifrostfilter.store;

import java.util.UUID;

/**
 * Is told of changes to jobs. A hint, not a log: it may be late or come twice, and a shared store
 * may lose one when it is cut off, so a listener looks at the store and never counts on the next
 * call.
 *
 * <p>Called on whatever thread made the change or noticed it, so it must neither block nor throw.
 */
@FunctionalInterface
public interface JobListener {

  void changed(UUID id, Change change);

  /**
   * Changes may have been lost, since the store was cut off from those of other nodes; they come
   * again from now on. Whoever waits for one looks at the store.
   */
  default void missed() {}

  /** What happened to a job. */
  enum Change {
    /** It waits for a worker: it is new, or was given back. */
    PENDING,
    /** Its outcome is recorded. */
    DONE,
    /** It was deleted. */
    DELETED
  }
}

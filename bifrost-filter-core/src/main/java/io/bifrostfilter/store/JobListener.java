package io.bifrostfilter.store;

import java.util.UUID;

/**
 * Is told of changes to jobs. A hint, not a log: it may be late or come twice, and a shared store
 * may lose one when it is cut off, so a listener looks at the store and never counts on the next
 * call.
 *
 * <p>Called on whatever thread made the change, so it must neither block nor throw.
 */
@FunctionalInterface
public interface JobListener {

  void changed(UUID id, Change change);

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

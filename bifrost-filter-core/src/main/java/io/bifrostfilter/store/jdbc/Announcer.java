package io.bifrostfilter.store.jdbc;

import io.bifrostfilter.store.JobListener;
import io.bifrostfilter.store.JobListener.Change;
import io.bifrostfilter.store.JobStore.Subscription;
import io.bifrostfilter.threads.OwnThreads;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells listeners of changes, on a thread of its own. For many threads. */
final class Announcer implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Announcer.class);

  private final List<JobListener> listeners = new CopyOnWriteArrayList<>();
  private final OwnThreads threads = NamedThreads.one("news");
  private final ExecutorService thread = Executors.newSingleThreadExecutor(threads);

  Subscription subscribe(JobListener listener) {
    // An object of its own, since the same listener may have subscribed before.
    JobListener subscribed = (id, change) -> listener.changed(id, change);
    listeners.add(subscribed);
    return () -> listeners.remove(subscribed);
  }

  boolean hasListeners() {
    return !listeners.isEmpty();
  }

  void tell(Collection<UUID> ids, Change change) {
    if (ids.isEmpty() || listeners.isEmpty()) {
      return;
    }
    try {
      thread.execute(() -> ids.forEach(id -> listeners.forEach(each -> tell(each, id, change))));
    } catch (RejectedExecutionException e) {
      log.debug("The store is closed; nobody is told any more.");
    }
  }

  private static void tell(JobListener listener, UUID id, Change change) {
    try {
      listener.changed(id, change);
    } catch (Throwable t) {
      log.warn("A listener failed at {} of job {}; it is told of the next change.", change, id, t);
    }
  }

  /** Tells nobody any more; returns when the thread has ended. */
  @Override
  public void close() {
    listeners.clear();
    NamedThreads.end(thread, threads, Database.PATIENCE);
  }
}

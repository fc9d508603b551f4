package io.bifrostfilter.dispatch;

import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.io.CyclicTimeouts;
import org.eclipse.jetty.util.thread.Scheduler;

/**
 * Ends exchanges that take too long, with one timer for all: nearly every one of them ends long
 * before its time, and a task of its own would be put in order and taken out again for nothing. For
 * many threads.
 */
final class RunTimeouts extends CyclicTimeouts<ResponseRecording> {

  private final Set<ResponseRecording> running = ConcurrentHashMap.newKeySet();

  RunTimeouts(Scheduler scheduler) {
    super(scheduler);
  }

  /** Sees to it that there is an outcome in time. */
  void watch(ResponseRecording recording) {
    running.add(recording);
    recording.outcome().whenComplete((outcome, failure) -> running.remove(recording));
    schedule(recording);
  }

  @Override
  protected Iterator<ResponseRecording> iterator() {
    return running.iterator();
  }

  @Override
  protected boolean onExpired(ResponseRecording recording) {
    recording.timeOut();
    return true;
  }
}

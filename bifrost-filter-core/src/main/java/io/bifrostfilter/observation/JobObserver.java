package io.bifrostfilter.observation;

import io.bifrostfilter.job.Headers;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.Outcome;
import java.time.Duration;
import java.util.Optional;

/**
 * Hears what happens to jobs on this node, for metrics and tracing. Does nothing unless overridden.
 *
 * <p>Called on whatever thread does it, for many jobs at once, so it must not block. What it throws
 * is logged, and changes nothing for the job. A job's route and model are what a client sent: a
 * route that is not of the contract is a path, of which there may be any number.
 */
public interface JobObserver {

  /**
   * A job is about to be added to the store, on the thread of its submit.
   *
   * @param headers with which its request will be played back
   * @return what to play it back with instead; mostly the same
   */
  default Headers submitting(Job job, Headers headers) {
    return headers;
  }

  /**
   * A job is in the store, and may have begun to run by now. Not called for a submit that found the
   * job it had made before.
   */
  default void submitted(Job job) {}

  /**
   * A submit made no job.
   *
   * @param reason one of {@code caller_queue_full}, {@code queue_full}, {@code store_full}, {@code
   *     stopping}, {@code store_unavailable} and {@code idempotency_key_reused}
   */
  default void refused(String route, String reason) {}

  /**
   * A job was claimed and begins to run.
   *
   * @param waited since it was submitted; for a further attempt, the attempts before it included
   */
  default void started(Job job, Duration waited) {}

  /**
   * The outcome of a job was recorded by this node.
   *
   * @param job as it was just before, or is since
   * @param ran from its claim to its outcome, fallbacks included; empty if it did not run to its
   *     end here: it was cancelled, or its workers were lost
   */
  default void finished(Job job, Outcome outcome, Optional<Duration> ran) {}
}

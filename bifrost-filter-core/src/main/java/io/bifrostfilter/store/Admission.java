package io.bifrostfilter.store;

import io.bifrostfilter.job.Job;

/** What became of a job that was to be added. */
public sealed interface Admission {

  /** It is in the store. */
  record Added(Job job) implements Admission {}

  /** It is not, since the same submit has made a job before: this one, as it stands now. */
  record Replayed(Job job) implements Admission {}

  /** It is not, since another submit has used its idempotency key. */
  record KeyReused() implements Admission {}

  /** It is not, since there is no room. */
  record Refused(Reason reason) implements Admission {}

  /** What there is too much of. */
  enum Reason {
    /** This caller's jobs that wait. */
    CALLER_QUEUE_FULL,
    /** Jobs that wait. */
    QUEUE_FULL,
    /** Bytes. */
    STORE_FULL,
    /** Not too much of anything: this node is stopping, and would not get to it. */
    STOPPING
  }
}

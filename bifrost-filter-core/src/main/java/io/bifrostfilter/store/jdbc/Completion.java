package io.bifrostfilter.store.jdbc;

import io.bifrostfilter.job.JobStatus;
import io.bifrostfilter.job.Lease;
import io.bifrostfilter.job.Outcome;

/**
 * An outcome that is to be written.
 *
 * @param lease under which alone it counts
 * @param sealed the outcome
 */
record Completion(Lease lease, JobStatus status, int statusCode, Sealed sealed) {

  static Completion of(Lease lease, Outcome outcome, Sealed sealed) {
    return new Completion(lease, statusOf(outcome), outcome.statusCode(), sealed);
  }

  static JobStatus statusOf(Outcome outcome) {
    return outcome.isSuccess() ? JobStatus.COMPLETED : JobStatus.FAILED;
  }
}

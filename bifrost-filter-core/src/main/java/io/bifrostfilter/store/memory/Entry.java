package io.bifrostfilter.store.memory;

import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.Lease;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.job.RecordedRequest;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A job in memory. Immutable, and equal to itself alone: a transition is the replacement of one
 * entry by the next, and succeeds only if nobody else came first.
 */
final class Entry {

  private static final long NO_LEASE = 0;

  final Job job;

  /** Until the job is done; after that nobody needs it. */
  final @Nullable RecordedRequest request;

  final long leaseToken;
  final Instant leasedUntil;

  private Entry(Job job, @Nullable RecordedRequest request, long leaseToken, Instant leasedUntil) {
    this.job = job;
    this.request = request;
    this.leaseToken = leaseToken;
    this.leasedUntil = leasedUntil;
  }

  static Entry pending(Job job, RecordedRequest request) {
    return new Entry(job, request, NO_LEASE, Instant.MIN);
  }

  Entry claimed(long token, Instant until) {
    return new Entry(job.claimed(), request, token, until);
  }

  Entry renewed(Instant until) {
    return new Entry(job, request, leaseToken, until);
  }

  Entry returned() {
    return new Entry(job.returned(), request, NO_LEASE, Instant.MIN);
  }

  Entry handedOver() {
    return new Entry(job.handedOver(), request, NO_LEASE, Instant.MIN);
  }

  Entry finished(Outcome outcome, Instant now) {
    return new Entry(job.finished(outcome, now), null, NO_LEASE, Instant.MIN);
  }

  boolean isHeldBy(Lease lease) {
    return leaseToken != NO_LEASE && leaseToken == lease.token();
  }

  boolean isLapsedAt(Instant now) {
    return leaseToken != NO_LEASE && !now.isBefore(leasedUntil);
  }

  /** The bytes that the request takes, until it is dropped. */
  long requestBytes() {
    return request == null ? 0 : request.size();
  }

  /** The bytes that the result takes, once it is there. */
  long resultBytes() {
    return job.outcome() == null ? 0 : size(job.outcome());
  }

  static long size(Outcome outcome) {
    if (outcome instanceof Outcome.Answered answered) {
      return (long) answered.response().body().size() + answered.response().headers().characters();
    }
    return 0;
  }
}

package io.bifrostfilter.store;

import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.Lease;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.job.RecordedRequest;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * Keeps jobs, and is the queue that workers take them from.
 *
 * <p>Implementations are safe for use by many threads, and, if the store is shared, by many
 * processes. Whatever races, crashes or pauses, exactly one outcome is ever recorded for a job.
 * Lease and expiry times go by the store's clock. A job that has expired is gone: every method
 * behaves as if it had never been, whether or not its data is still there.
 *
 * <p>{@code JobStoreContract} in this module's test-jar is what an implementation must pass.
 *
 * <p>Every method may throw {@link JobStoreException} if the store cannot be reached or cannot say.
 */
public interface JobStore extends AutoCloseable {

  /**
   * Adds a pending job; when this returns {@link Admission.Added}, the job is as durable as this
   * store can make it.
   *
   * <p>If the job has an idempotency key whose scope a live job has already, nothing is added.
   */
  Admission add(Job job, RecordedRequest request, Limits limits);

  /** The job as it stands; empty if there is none of that id. */
  Optional<Job> find(UUID id);

  /**
   * Takes pending jobs, oldest first, each for one caller of this method alone. They are processing
   * from here on, with one more attempt counted.
   *
   * @param max how many at most, at least 1
   * @param duration of the leases, from now
   * @return as many as there are, up to {@code max}; fewer, or none, if the store has no room for
   *     more results
   */
  List<ClaimedJob> claim(int max, Duration duration);

  /**
   * Extends a lease to {@code duration} from now.
   *
   * @return false, with nothing changed, if the lease is no longer the job's: another worker took
   *     over, or the job is done or gone
   */
  boolean renew(Lease lease, Duration duration);

  /**
   * Records the outcome of a run. Exactly one outcome is ever recorded for a job.
   *
   * @return false, with nothing changed, if the lease is no longer the job's: it lapsed and another
   *     worker took over, or the job was cancelled or deleted meanwhile
   * @throws JobStoreException if the store cannot say; the outcome may or may not be recorded, and
   *     calling again is safe
   */
  boolean complete(Lease lease, Outcome outcome);

  /**
   * Gives a job back, to be claimed by anyone; the attempt does not count.
   *
   * @return false, with nothing changed, if the lease is no longer the job's
   */
  boolean release(Lease lease);

  /**
   * Finishes a job that is not done yet, whoever holds its lease.
   *
   * @return the job as it stands now, finished by this call or before it; empty if there is none of
   *     that id
   */
  Optional<Job> finish(UUID id, Outcome outcome);

  /**
   * Removes every trace of a job.
   *
   * @return false if there is none of that id
   */
  boolean delete(UUID id);

  /**
   * Gives the jobs back whose leases have lapsed, or finishes those that were claimed {@code
   * maxAttempts} times.
   *
   * @param lost how to finish them
   * @return how many jobs this changed
   */
  int recoverLapsed(int maxAttempts, Outcome lost);

  /**
   * Removes the data of jobs that have expired. They are invisible already; this is housekeeping.
   */
  void removeExpired();

  JobCounts counts();

  /** Tells a listener of changes from now on, until the subscription is closed. */
  Subscription subscribe(JobListener listener);

  /** Lets go of what the store holds. It is not used any more. */
  @Override
  void close();

  /** Ends when it is closed. */
  interface Subscription extends AutoCloseable {

    @Override
    void close();
  }
}

package io.bifrostfilter.store;

import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.JobSummary;
import io.bifrostfilter.job.Lease;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.job.RecordedRequest;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/**
 * Keeps jobs, and is the queue that workers take them from.
 *
 * <p>Implementations are safe for use by many threads, and, if the store is shared, by many
 * processes. Whatever races, crashes or pauses, exactly one outcome is ever recorded for a job.
 * Lease and expiry times go by the store's clock. A job that has expired is gone: every method
 * behaves as if it had never been, whether or not its data is still there.
 *
 * <p>Whichever method finishes a job that has a {@link Job#webhook} queues its delivery in the same
 * atomic step; see {@link #webhooks}.
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
   * The job that was submitted under this idempotency scope; empty if there is none. Asked only
   * where keys are rotated: {@link #add} looks for the scope of the job that it adds by itself.
   */
  Optional<Job> findByIdempotencyScope(String scope);

  /**
   * Extends leases to {@code duration} from now.
   *
   * @return those that are no longer the jobs', with nothing changed for them: another worker took
   *     over, or the job is done or gone
   */
  Set<Lease> renew(Collection<Lease> leases, Duration duration);

  /**
   * Records the outcome of a run. Exactly one outcome is ever recorded for a job.
   *
   * <p>Does not wait for I/O, since whoever calls is on a thread that must not block; a store may
   * record outcomes that come at the same time together.
   *
   * @return true once the outcome is as durable as this store can make it; false, with nothing
   *     changed, if the lease is no longer the job's: it lapsed and another worker took over, or
   *     the job was cancelled or deleted meanwhile; or a {@link JobStoreException} if the store
   *     cannot say: the outcome may or may not be recorded, and calling again is safe. The stage
   *     may complete on a thread that must not block.
   */
  CompletionStage<Boolean> complete(Lease lease, Outcome outcome);

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
   */
  Recovery recoverLapsed(int maxAttempts, Outcome lost);

  /**
   * Removes the data of jobs that have expired. They are invisible already; this is housekeeping.
   */
  void removeExpired();

  JobCounts counts();

  /**
   * The newest jobs, by the time they were created, the newest first; for whoever operates the
   * store.
   *
   * @param max how many at most, at least 1
   */
  List<JobSummary> newest(int max);

  /** Tells a listener of changes from now on, until the subscription is closed. */
  Subscription subscribe(JobListener listener);

  /**
   * Where webhook endpoints and deliveries are kept. Empty, unless a store says otherwise: it does
   * not support them, and no job that is added to it has a {@link Job#webhook}.
   */
  default Optional<WebhookStore> webhooks() {
    return Optional.empty();
  }

  /** Lets go of what the store holds. It is not used any more. */
  @Override
  void close();

  /** Ends when it is closed. */
  interface Subscription extends AutoCloseable {

    @Override
    void close();
  }
}

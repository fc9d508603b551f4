package io.bifrostfilter.redis;

import io.bifrostfilter.crypto.Keyring;
import io.bifrostfilter.job.Failure;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.JobStatus;
import io.bifrostfilter.job.JobSummary;
import io.bifrostfilter.job.Lease;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.job.RecordedRequest;
import io.bifrostfilter.store.Admission;
import io.bifrostfilter.store.ClaimedJob;
import io.bifrostfilter.store.JobCounts;
import io.bifrostfilter.store.JobListener;
import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.JobStoreException;
import io.bifrostfilter.store.Limits;
import io.bifrostfilter.store.Recovery;
import io.bifrostfilter.store.WebhookStore;
import io.bifrostfilter.store.codec.EndpointCodec;
import io.bifrostfilter.store.codec.Payloads;
import io.bifrostfilter.store.codec.UnreadableException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps jobs in Redis 6.2 or newer, or in Valkey, where any number of nodes share them: a single
 * server, one that Sentinel watches over, or a Cluster. How durable a job is, the server's settings
 * decide; the README says which. For many threads.
 *
 * <p>Every transition is one Lua script, so that nobody sees or leaves half of it, and all keys of
 * a store are in one slot, so that this holds in a Cluster, too: a store is as big and as fast as
 * one of its masters. Time is the server's. Requests and results are sealed before they leave this
 * process; the rest of a job (its times and states, model and route, and hashes of its owner and
 * key) is not.
 *
 * <p>A server that has no memory for more has this refuse submits, and hand out no more jobs; what
 * runs by then is still recorded, if its result takes no more than its request did, or 4 KiB, and
 * else as {@link Failure#RESPONSE_TOO_LARGE}.
 *
 * <p>{@link #add}, {@link #find} and the transitions take one exchange each, and never longer than
 * the timeout; while the server is known to be away, they fail at once. {@link #newest} takes time
 * in proportion to how many are asked for, {@link #recoverLapsed} and {@link #removeExpired} to
 * what they change. Listeners are called on a thread of the store, one after the other.
 */
public final class RedisJobStore implements JobStore {

  private static final Logger log = LoggerFactory.getLogger(RedisJobStore.class);

  /** What one claim may bring along; the first request comes whatever its size. */
  private static final long CLAIM_BYTES = 16L << 20;

  private static final int RECOVER_AT_ONCE = 100;
  private static final int EXPIRE_AT_ONCE = 500;
  private static final int EXPIRE_STEPS = 500;

  private final Payloads payloads;
  private final RedisWebhookStore webhooks;
  private final RedisLink link;
  private final Listeners listeners;
  private final Runnable afterClose;
  private final @Nullable Clock clock;

  /**
   * @param afterClose lets go of what the link was made with
   * @param clock null for the server's
   */
  RedisJobStore(
      Keyring keyring,
      RedisLink link,
      Listeners listeners,
      Runnable afterClose,
      @Nullable Clock clock) {
    this.payloads = new Payloads(keyring);
    this.webhooks = new RedisWebhookStore(new EndpointCodec(keyring), link, clock);
    this.link = link;
    this.listeners = listeners;
    this.afterClose = afterClose;
    this.clock = clock;
  }

  public static RedisJobStoreBuilder builder() {
    return new RedisJobStoreBuilder();
  }

  @Override
  public Admission add(Job job, RecordedRequest request, Limits limits) {
    Arguments arguments =
        arguments()
            .add(job.id())
            .add(payloads.write(job.id(), request))
            .add(limits.waiting())
            .add(limits.waitingPerCaller());
    JobFields.write(job, payloads.tag(job), arguments);
    Reply reply;
    try {
      reply = run(Script.ADD, arguments);
    } catch (JobStoreException e) {
      if (Problems.isFull(e)) {
        return new Admission.Refused(Admission.Reason.STORE_FULL);
      }
      throw e;
    }
    return switch (reply.text(0)) {
      case "added" -> new Admission.Added(job);
      case "replayed" -> new Admission.Replayed(job(reply.list(1)));
      case "key_reused" -> new Admission.KeyReused();
      case "caller_queue_full" -> new Admission.Refused(Admission.Reason.CALLER_QUEUE_FULL);
      case "queue_full" -> new Admission.Refused(Admission.Reason.QUEUE_FULL);
      default -> throw new IllegalStateException("add.lua answered " + reply.text(0));
    };
  }

  @Override
  public Optional<Job> find(UUID id) {
    return jobIn(run(Script.FIND, arguments().add(id)));
  }

  @Override
  public Optional<Job> findByIdempotencyScope(String scope) {
    return jobIn(run(Script.FIND_BY_SCOPE, arguments().add(scope)));
  }

  @Override
  public List<ClaimedJob> claim(int max, Duration duration) {
    Reply reply;
    try {
      reply = run(Script.CLAIM, arguments().add(max).add(duration.toMillis()).add(CLAIM_BYTES));
    } catch (JobStoreException e) {
      if (Problems.isFull(e)) {
        return List.of();
      }
      throw e;
    }
    var claimed = new ArrayList<ClaimedJob>();
    for (int i = 0; i < reply.size(); i++) {
      Reply each = reply.list(i);
      JobFields fields = JobFields.of(each.list(2));
      var lease = new Lease(fields.id(), each.number(0));
      try {
        Job job = fields.unfinished();
        payloads.requireGenuine(job, fields.tag());
        claimed.add(new ClaimedJob(job, payloads.readRequest(fields.id(), each.bytes(1)), lease));
      } catch (UnreadableException e) {
        refuse(lease, e);
      }
    }
    return claimed;
  }

  /** Ends a job that nobody can run; the others of a claim must not suffer if this fails. */
  private void refuse(Lease lease, UnreadableException problem) {
    try {
      RedisLink.await(completion(lease, unreadable(problem), ""));
    } catch (JobStoreException e) {
      log.warn(
          "Job {} cannot be read, and could not be ended; it will be when its lease has lapsed.",
          lease.jobId(),
          e);
    }
  }

  @Override
  public Set<Lease> renew(Collection<Lease> leases, Duration duration) {
    if (leases.isEmpty()) {
      return Set.of();
    }
    List<Lease> inOrder = List.copyOf(leases);
    Arguments arguments = arguments().add(duration.toMillis());
    inOrder.forEach(lease -> arguments.add(lease.jobId()).add(lease.token()));
    Reply places = run(Script.RENEW, arguments);
    var lost = new HashSet<Lease>();
    for (int i = 0; i < places.size(); i++) {
      lost.add(inOrder.get((int) places.number(i)));
    }
    return lost;
  }

  @Override
  public CompletionStage<Boolean> complete(Lease lease, Outcome outcome) {
    return completion(lease, outcome, "")
        .exceptionallyCompose(
            problem ->
                Problems.isFull(problem)
                    ? completion(lease, tooLarge(outcome), "")
                    : CompletableFuture.failedFuture(problem));
  }

  /**
   * @param condition as complete.lua knows it
   */
  private CompletableFuture<Boolean> completion(Lease lease, Outcome outcome, String condition) {
    Arguments arguments = arguments().add(lease.jobId()).add(lease.token());
    addOutcome(arguments, lease.jobId(), outcome);
    return link.run(Script.COMPLETE, arguments.add(condition)).thenApply(this::completed);
  }

  private boolean completed(Reply reply) {
    if (reply.size() > 1) {
      webhooks.tell();
    }
    return !reply.isEmpty();
  }

  @Override
  public boolean release(Lease lease) {
    return !run(Script.RELEASE, arguments().add(lease.jobId()).add(lease.token())).isEmpty();
  }

  @Override
  public Optional<Job> finish(UUID id, Outcome outcome) {
    Arguments arguments = arguments().add(id);
    addOutcome(arguments, id, outcome);
    Optional<Job> job = jobIn(run(Script.FINISH, arguments));
    if (job.isPresent() && job.get().webhook() != null) {
      webhooks.tell();
    }
    return job;
  }

  @Override
  public boolean delete(UUID id) {
    return !run(Script.DELETE, arguments().add(id)).isEmpty();
  }

  @Override
  public Recovery recoverLapsed(int maxAttempts, Outcome lost) {
    int waiting = 0;
    var finished = new ArrayList<UUID>();
    Reply reply;
    do {
      reply = run(Script.RECOVER, arguments().add(maxAttempts).add(RECOVER_AT_ONCE));
      waiting += (int) reply.number(1);
      var givenUp = new LinkedHashMap<UUID, CompletableFuture<Boolean>>();
      for (int i = 2; i < reply.size(); i += 2) {
        UUID id = reply.id(i);
        givenUp.put(id, completion(new Lease(id, reply.number(i + 1)), lost, "lapsed"));
      }
      givenUp.forEach(
          (id, completed) -> {
            if (RedisLink.await(completed)) {
              finished.add(id);
            }
          });
    } while (reply.number(0) == RECOVER_AT_ONCE);
    return new Recovery(waiting, finished);
  }

  /**
   * {@inheritDoc}
   *
   * <p>The server drops their data by itself; this forgets that they were there, and does no more
   * of it at a time than takes a few seconds.
   */
  @Override
  public void removeExpired() {
    long removed;
    int step = 0;
    do {
      removed = run(Script.EXPIRE, arguments().add(EXPIRE_AT_ONCE)).number(0);
    } while (removed >= EXPIRE_AT_ONCE && ++step < EXPIRE_STEPS);
  }

  /**
   * {@inheritDoc}
   *
   * <p>The bytes are those of sealed requests and results; of what has expired they count until
   * {@link #removeExpired}. Where keys were removed by hand, they are too many from then on.
   */
  @Override
  public JobCounts counts() {
    Reply counts = run(Script.COUNTS, arguments());
    return new JobCounts(
        counts.number(0), counts.number(1), counts.number(2), counts.number(3), counts.number(4));
  }

  @Override
  public List<JobSummary> newest(int max) {
    Reply reply = run(Script.NEWEST, arguments().add(max));
    var summaries = new ArrayList<JobSummary>();
    for (int i = 0; i < reply.size(); i++) {
      summaries.add(JobFields.of(reply.list(i)).summary());
    }
    return summaries;
  }

  /**
   * {@inheritDoc}
   *
   * <p>What is published while the server cannot be reached is missed; that it may have been is
   * told within a second or two after.
   */
  @Override
  public Subscription subscribe(JobListener listener) {
    return listeners.add(listener);
  }

  @Override
  public Optional<WebhookStore> webhooks() {
    return Optional.of(webhooks);
  }

  /** Ends the store's threads and its connections; a client that it was given stays open. */
  @Override
  public void close() {
    listeners.close();
    webhooks.close();
    link.close();
    afterClose.run();
  }

  private Arguments arguments() {
    return Arguments.at(clock);
  }

  private Reply run(Script script, Arguments arguments) {
    return RedisLink.await(link.run(script, arguments));
  }

  private void addOutcome(Arguments arguments, UUID id, Outcome outcome) {
    JobStatus status = outcome.isSuccess() ? JobStatus.COMPLETED : JobStatus.FAILED;
    arguments.add(status.wireName()).add(outcome.statusCode()).add(payloads.write(id, outcome));
  }

  private Optional<Job> jobIn(Reply reply) {
    return reply.isEmpty() ? Optional.empty() : Optional.of(job(reply));
  }

  private Job job(Reply shown) {
    JobFields fields = JobFields.of(shown);
    if (!fields.isDone()) {
      return fields.unfinished();
    }
    try {
      Job job = fields.finished(payloads.readOutcome(fields.id(), shown.bytes(2)));
      payloads.requireGenuine(job, fields.tag());
      return job;
    } catch (UnreadableException e) {
      return fields.finished(unreadable(e));
    }
  }

  private static Outcome unreadable(UnreadableException problem) {
    return new Outcome.Unanswered(Failure.WORKER_LOST, String.valueOf(problem.getMessage()));
  }

  private static Outcome tooLarge(Outcome outcome) {
    return new Outcome.Unanswered(
        Failure.RESPONSE_TOO_LARGE,
        "The handler answered "
            + outcome.statusCode()
            + ", but its response does not fit into the job store any more. Delete jobs that are"
            + " done, or submit with a shorter x-bf-async-job-result-ttl, and try again.");
  }
}

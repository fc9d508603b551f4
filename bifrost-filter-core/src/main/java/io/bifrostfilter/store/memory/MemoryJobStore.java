package io.bifrostfilter.store.memory;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.bifrostfilter.delivery.Delivery;
import io.bifrostfilter.job.Failure;
import io.bifrostfilter.job.IdempotencyKey;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.JobStatus;
import io.bifrostfilter.job.JobSummary;
import io.bifrostfilter.job.Lease;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.job.RecordedRequest;
import io.bifrostfilter.lazy.OnFirstUse;
import io.bifrostfilter.store.Admission;
import io.bifrostfilter.store.ClaimedJob;
import io.bifrostfilter.store.JobCounts;
import io.bifrostfilter.store.JobListener;
import io.bifrostfilter.store.JobListener.Change;
import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.Limits;
import io.bifrostfilter.store.Recovery;
import io.bifrostfilter.store.WebhookStore;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Keeps jobs on the heap: fast, and gone with the process. For many threads.
 *
 * <p>It refuses rather than evicts. Submits are refused once requests and results together take
 * {@code maxBytes}; while results alone take that much, {@link #claim} gives nothing out, so that
 * jobs wait for room rather than lose what they come back with. What runs by then may take half as
 * much again; a result that does not fit even there is recorded as {@link
 * Failure#RESPONSE_TOO_LARGE}.
 *
 * <p>Transitions replace one immutable entry by the next, by compare and set; there are no locks of
 * our own. {@link #add}, {@link #find} and the transitions take constant time; {@link
 * #recoverLapsed} takes time in proportion to the jobs that run, {@link #newest} to those that are
 * stored.
 */
public final class MemoryJobStore implements JobStore {

  private static final Comparator<Job> OLDEST_FIRST = Comparator.comparing(Job::createdAt);

  private final Clock clock;
  private final long maxBytes;

  /** A cache takes longer to make than most else of an application's start that is ours. */
  private final OnFirstUse<Cache<UUID, Entry>> entries = new OnFirstUse<>(this::newCache);

  private final SharedParts shared = new SharedParts();
  private final ConcurrentMap<String, UUID> idsByKey = new ConcurrentHashMap<>();
  private final WaitingJobs waiting = new WaitingJobs();
  private final Set<UUID> leased = ConcurrentHashMap.newKeySet();
  private final AtomicLong leaseTokens = new AtomicLong();
  private final AtomicLong requestBytes = new AtomicLong();
  private final AtomicLong resultBytes = new AtomicLong();
  private final AtomicLong completed = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();
  private final List<JobListener> listeners = new CopyOnWriteArrayList<>();
  private final MemoryWebhookStore webhooks;

  /**
   * @param maxBytes that requests and results may take together before submits are refused; at
   *     least 1
   */
  public MemoryJobStore(Clock clock, long maxBytes) {
    this.clock = clock;
    this.maxBytes = maxBytes;
    this.webhooks = new MemoryWebhookStore(clock);
  }

  private Cache<UUID, Entry> newCache() {
    return Caffeine.newBuilder()
        .expireAfter(new UntilJobExpires())
        .ticker(() -> nanos(clock.instant()))
        .executor(Runnable::run)
        .removalListener(this::entryRemoved)
        .build();
  }

  @Override
  public Admission add(Job job, RecordedRequest request, Limits limits) {
    IdempotencyKey key = job.idempotencyKey();
    Optional<Job> earlier = key == null ? Optional.empty() : findByIdempotencyScope(key.scope());
    if (earlier.isPresent()) {
      return repeated(Objects.requireNonNull(key), earlier.get());
    }
    Optional<Admission.Reason> full = waiting.reserve(job.owner(), limits);
    if (full.isPresent()) {
      return new Admission.Refused(full.get());
    }
    if (requestBytes.addAndGet(request.size()) + resultBytes.get() > maxBytes) {
      requestBytes.addAndGet(-request.size());
      waiting.release(job.owner());
      return new Admission.Refused(Admission.Reason.STORE_FULL);
    }
    // Nobody knows the id yet, so the entry cannot be touched before it is in line.
    entries.get().put(job.id(), Entry.pending(shared.in(job), shared.in(request)));
    while (key != null) {
      UUID other = idsByKey.putIfAbsent(key.scope(), job.id());
      if (other == null) {
        break;
      }
      Entry first = live(other);
      if (first != null) {
        waiting.release(job.owner());
        entries.get().invalidate(job.id());
        return repeated(key, first.job);
      }
      idsByKey.remove(key.scope(), other);
    }
    waiting.enqueue(job.id());
    tell(job.id(), Change.PENDING);
    return new Admission.Added(job);
  }

  @Override
  public Optional<Job> find(UUID id) {
    Entry entry = live(id);
    return entry == null ? Optional.empty() : Optional.of(entry.job);
  }

  @Override
  public Optional<Job> findByIdempotencyScope(String scope) {
    UUID id = idsByKey.get(scope);
    return id == null ? Optional.empty() : find(id);
  }

  @Override
  public List<ClaimedJob> claim(int max, Duration duration) {
    var claimed = new ArrayList<ClaimedJob>();
    while (claimed.size() < max && resultBytes.get() < maxBytes) {
      UUID id = waiting.poll();
      if (id == null) {
        break;
      }
      leased.add(id);
      long token = leaseTokens.incrementAndGet();
      Transition taken =
          change(
              id,
              entry ->
                  entry.job.status() == JobStatus.PENDING
                      ? entry.claimed(token, clock.instant().plus(duration))
                      : null);
      if (taken == null) {
        leased.remove(id);
        continue;
      }
      waiting.release(taken.after.job.owner());
      RecordedRequest request = Objects.requireNonNull(taken.after.request);
      claimed.add(new ClaimedJob(taken.after.job, request, new Lease(id, token)));
    }
    return claimed;
  }

  @Override
  public Set<Lease> renew(Collection<Lease> leases, Duration duration) {
    return leases.stream().filter(lease -> !renewed(lease, duration)).collect(Collectors.toSet());
  }

  private boolean renewed(Lease lease, Duration duration) {
    return change(
            lease.jobId(),
            entry -> entry.isHeldBy(lease) ? entry.renewed(clock.instant().plus(duration)) : null)
        != null;
  }

  @Override
  public CompletionStage<Boolean> complete(Lease lease, Outcome outcome) {
    return CompletableFuture.completedFuture(completed(lease, outcome));
  }

  private boolean completed(Lease lease, Outcome outcome) {
    Outcome affordable = affordable(outcome);
    Transition done =
        change(
            lease.jobId(),
            entry -> entry.isHeldBy(lease) ? entry.finished(affordable, clock.instant()) : null);
    if (done == null) {
      return false;
    }
    finished(done);
    return true;
  }

  @Override
  public boolean release(Lease lease) {
    Transition back =
        change(lease.jobId(), entry -> entry.isHeldBy(lease) ? entry.handedOver() : null);
    if (back == null) {
      return false;
    }
    waitsAgain(back);
    return true;
  }

  @Override
  public Optional<Job> finish(UUID id, Outcome outcome) {
    Transition done =
        change(id, entry -> entry.job.isDone() ? null : entry.finished(outcome, clock.instant()));
    if (done == null) {
      return find(id);
    }
    finished(done);
    return Optional.of(done.after.job);
  }

  @Override
  public boolean delete(UUID id) {
    boolean expired = live(id) == null;
    Entry entry = entries.get().asMap().remove(id);
    if (entry == null) {
      return false;
    }
    noLonger(entry);
    tell(id, Change.DELETED);
    return !expired;
  }

  @Override
  public Recovery recoverLapsed(int maxAttempts, Outcome lost) {
    int returned = 0;
    var givenUp = new ArrayList<UUID>();
    for (UUID id : leased) {
      Instant now = clock.instant();
      Transition recovered =
          change(
              id,
              entry -> {
                if (!entry.isLapsedAt(now)) {
                  return null;
                }
                return entry.job.attempts() >= maxAttempts
                    ? entry.finished(lost, now)
                    : entry.returned();
              });
      if (recovered == null) {
        continue;
      }
      if (recovered.after.job.isDone()) {
        finished(recovered);
        givenUp.add(id);
      } else {
        waitsAgain(recovered);
        returned++;
      }
    }
    return new Recovery(returned, givenUp);
  }

  @Override
  public void removeExpired() {
    entries.ifMade().ifPresent(Cache::cleanUp);
  }

  @Override
  public JobCounts counts() {
    return new JobCounts(
        waiting.count(),
        leased.size(),
        completed.get(),
        failed.get(),
        requestBytes.get() + resultBytes.get());
  }

  @Override
  public List<JobSummary> newest(int max) {
    Instant now = clock.instant();
    // The oldest of those that were kept is the next to make room.
    var kept = new PriorityQueue<Job>(OLDEST_FIRST);
    for (Entry entry : entries.get().asMap().values()) {
      if (!entry.job.isExpiredAt(now)) {
        kept.add(entry.job);
        if (kept.size() > max) {
          kept.remove();
        }
      }
    }
    return kept.stream().sorted(OLDEST_FIRST.reversed()).map(JobSummary::of).toList();
  }

  @Override
  public Subscription subscribe(JobListener listener) {
    // An object of its own, since the same listener may have subscribed before.
    JobListener subscribed = (id, change) -> listener.changed(id, change);
    listeners.add(subscribed);
    return () -> listeners.remove(subscribed);
  }

  @Override
  public Optional<WebhookStore> webhooks() {
    return Optional.of(webhooks);
  }

  @Override
  public void close() {
    webhooks.close();
    entries
        .ifMade()
        .ifPresent(
            made -> {
              made.invalidateAll();
              made.cleanUp();
            });
    listeners.clear();
  }

  /** An entry and its successor. */
  private record Transition(Entry before, Entry after) {}

  /**
   * Replaces a live entry by its successor.
   *
   * @param next gives the successor, or null if the transition is not possible; may be asked again
   *     if others come first
   * @return null if there is no such entry, or no successor
   */
  private @Nullable Transition change(UUID id, Function<Entry, @Nullable Entry> next) {
    while (true) {
      Entry before = live(id);
      if (before == null) {
        return null;
      }
      Entry after = next.apply(before);
      if (after == null) {
        return null;
      }
      if (entries.get().asMap().replace(id, before, after)) {
        return new Transition(before, after);
      }
    }
  }

  private @Nullable Entry live(UUID id) {
    // Quietly: nothing follows from a look at a job, and noting it takes longer than the look.
    Entry entry = entries.get().policy().getIfPresentQuietly(id);
    return entry == null || entry.job.isExpiredAt(clock.instant()) ? null : entry;
  }

  private static Admission repeated(IdempotencyKey key, Job earlier) {
    IdempotencyKey first = Objects.requireNonNull(earlier.idempotencyKey());
    return first.fingerprint().equals(key.fingerprint())
        ? new Admission.Replayed(earlier)
        : new Admission.KeyReused();
  }

  private Outcome affordable(Outcome outcome) {
    if (resultBytes.get() + Entry.size(outcome) <= maxBytes + maxBytes / 2) {
      return outcome;
    }
    return new Outcome.Unanswered(
        Failure.RESPONSE_TOO_LARGE,
        "The handler answered "
            + outcome.statusCode()
            + ", but its response of "
            + Entry.size(outcome)
            + " bytes does not fit into the job store any more. Delete jobs that are done, or"
            + " submit with a shorter x-bf-async-job-result-ttl, and try again.");
  }

  private void finished(Transition done) {
    requestBytes.addAndGet(-done.before.requestBytes());
    resultBytes.addAndGet(done.after.resultBytes());
    doneLike(done.after.job).incrementAndGet();
    noLonger(done.before);
    try {
      // First, since whoever waits for the job should not have to wait for its webhook.
      tell(done.after.job.id(), Change.DONE);
    } finally {
      if (done.after.job.webhook() != null) {
        webhooks.enqueue(Delivery.of(done.after.job));
      }
    }
  }

  private void waitsAgain(Transition back) {
    leased.remove(back.after.job.id());
    waiting.enqueueAgain(back.after.job.id(), back.after.job.owner());
    tell(back.after.job.id(), Change.PENDING);
  }

  /** A job is no longer waiting, or running, as it was in this entry. */
  private void noLonger(Entry entry) {
    if (entry.job.status() == JobStatus.PENDING) {
      waiting.leave(entry.job.owner(), this::isWaiting);
    } else {
      leased.remove(entry.job.id());
    }
  }

  /** How many are done as this one is. */
  private AtomicLong doneLike(Job job) {
    return job.status() == JobStatus.COMPLETED ? completed : failed;
  }

  private boolean isWaiting(UUID id) {
    Entry entry = live(id);
    return entry != null && entry.job.status() == JobStatus.PENDING;
  }

  private void tell(UUID id, Change change) {
    for (JobListener listener : listeners) {
      listener.changed(id, change);
    }
  }

  /**
   * Called by the cache when an entry is deleted, undone or expired, but not for its replacement.
   */
  private void entryRemoved(@Nullable UUID id, @Nullable Entry entry, RemovalCause cause) {
    if (cause == RemovalCause.REPLACED || id == null || entry == null) {
      return;
    }
    requestBytes.addAndGet(-entry.requestBytes());
    resultBytes.addAndGet(-entry.resultBytes());
    IdempotencyKey key = entry.job.idempotencyKey();
    if (key != null) {
      idsByKey.remove(key.scope(), id);
    }
    if (entry.job.isDone()) {
      doneLike(entry.job).decrementAndGet();
      // There is room for a result again, which a worker may have been waiting for.
      tell(id, Change.DELETED);
    }
  }

  private static long nanos(Instant instant) {
    return TimeUnit.SECONDS.toNanos(instant.getEpochSecond()) + instant.getNano();
  }

  /** A job lives on until it is done; then its own time runs. */
  private final class UntilJobExpires implements Expiry<UUID, Entry> {

    @Override
    public long expireAfterCreate(UUID id, Entry entry, long now) {
      return entry.job.isDone()
          ? Math.max(0, TimeUnit.NANOSECONDS.convert(untilExpiry(entry)))
          : Long.MAX_VALUE;
    }

    private Duration untilExpiry(Entry entry) {
      return Duration.between(clock.instant(), entry.job.whenExpires());
    }

    @Override
    public long expireAfterUpdate(UUID id, Entry entry, long now, long currentDuration) {
      return expireAfterCreate(id, entry, now);
    }

    @Override
    public long expireAfterRead(UUID id, Entry entry, long now, long currentDuration) {
      return currentDuration;
    }
  }
}

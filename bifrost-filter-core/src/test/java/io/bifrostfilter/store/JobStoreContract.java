package io.bifrostfilter.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.MovableClock;
import io.bifrostfilter.job.Bytes;
import io.bifrostfilter.job.Caller;
import io.bifrostfilter.job.Failure;
import io.bifrostfilter.job.Headers;
import io.bifrostfilter.job.IdempotencyKey;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.JobStatus;
import io.bifrostfilter.job.JobSummary;
import io.bifrostfilter.job.Lease;
import io.bifrostfilter.job.Origin;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.job.RecordedRequest;
import io.bifrostfilter.job.RecordedResponse;
import io.bifrostfilter.store.JobListener.Change;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/**
 * What every {@link JobStore} must do. Whoever writes one extends this class, gives it a store, and
 * has it tested:
 *
 * <pre>{@code
 * class MyJobStoreTest extends JobStoreContract {
 *
 *   @Override
 *   protected JobStore createStore(Clock clock) {
 *     return new MyJobStore(clock);
 *   }
 * }
 * }</pre>
 *
 * <p>Time stands still unless a test moves it, so a store that asks any other clock fails.
 */
public abstract class JobStoreContract {

  /** How long a claim lasts where a test does not say otherwise. */
  protected static final Duration LEASE = Duration.ofSeconds(30);

  /** From completion to expiry. */
  protected static final Duration TTL = Duration.ofHours(1);

  /** Limits that no test reaches. */
  protected static final Limits AMPLE = new Limits(1_000_000, 1_000_000);

  /** The handler succeeded. */
  protected static final Outcome ANSWER = answer(200, "{\"id\":\"chatcmpl-123\"}");

  /** The caller changed its mind. */
  protected static final Outcome CANCELLED =
      new Outcome.Unanswered(Failure.CANCELLED, "The job was cancelled.");

  /** The workers were lost, one after the other. */
  protected static final Outcome LOST =
      new Outcome.Unanswered(Failure.WORKER_LOST, "The worker was lost.");

  private static final Duration TICK = Duration.ofMillis(1);
  private static final int MAX_ATTEMPTS = 3;
  private static final int THREADS = 4;

  /** To fail a test that would hang; nothing waits for that long. */
  private static final long PATIENCE_SECONDS = 30;

  private final MovableClock clock = new MovableClock(Instant.parse("2026-02-19T08:10:17.831Z"));
  private JobStore store;

  /**
   * A store without any job, for one test; it is closed afterwards. Every test needs one that
   * shares nothing with any other.
   *
   * @param clock the only source of time for the store
   */
  protected abstract JobStore createStore(Clock clock) throws Exception;

  @BeforeEach
  final void openStore() throws Exception {
    store = createStore(clock);
  }

  @AfterEach
  final void closeStore() {
    store.close();
  }

  /** The store under test. */
  protected final JobStore store() {
    return store;
  }

  /** The store's clock. */
  protected final MovableClock clock() {
    return clock;
  }

  // ---- add and find

  @Test
  void aJobIsFoundByTheScopeOfItsKeyAsLongAsItLives() {
    Job job = job("owner", new IdempotencyKey("scope", "fingerprint"));
    store.add(job, request(), AMPLE);

    assertThat(store.findByIdempotencyScope("scope")).contains(job);
    assertThat(store.findByIdempotencyScope("fingerprint")).isEmpty();
    complete(claimOne().lease(), ANSWER);
    assertThat(store.findByIdempotencyScope("scope")).contains(found(job));
    clock.advance(TTL);
    assertThat(store.findByIdempotencyScope("scope")).isEmpty();
  }

  @Test
  void aJobIsFoundAsItWasAdded() {
    Job job =
        Job.pending(
            UUID.randomUUID(),
            "request-1",
            "chat/completions",
            "openai/gpt-4o",
            "owner-1",
            new IdempotencyKey("scope-1", "fingerprint-1"),
            Duration.ofSeconds(90),
            clock.instant());

    assertThat(store.add(job, request(), AMPLE)).isEqualTo(new Admission.Added(job));
    assertThat(store.find(job.id())).contains(job);
  }

  @Test
  void aJobWithoutModelOwnerAndKeyIsFoundAsItWasAdded() {
    Job job =
        Job.pending(
            UUID.randomUUID(), "r", "/custom/route", null, null, null, TTL, clock.instant());

    assertThat(store.add(job, request(), AMPLE)).isEqualTo(new Admission.Added(job));
    assertThat(store.find(job.id())).contains(job);
  }

  @Test
  void eachJobIsFoundUnderItsOwnId() {
    Job one = added();
    Job other = added();

    assertThat(store.find(one.id())).contains(one);
    assertThat(store.find(other.id())).contains(other);
  }

  @Test
  void aJobThatWasNeverAddedIsAbsentEverywhere() {
    added();
    UUID unknown = UUID.randomUUID();

    assertGone(unknown, new Lease(unknown, 1));
  }

  // ---- claim

  @Test
  void aClaimGivesNothingIfNothingWaits() {
    assertThat(store.claim(10, LEASE)).isEmpty();
  }

  @Test
  void aClaimGivesTheOldestFirst() {
    List<UUID> ids = IntStream.range(0, 20).mapToObj(i -> addedLater().id()).toList();

    var claimed = new ArrayList<UUID>();
    claimed.addAll(idsOf(store.claim(1, LEASE)));
    claimed.addAll(idsOf(store.claim(7, LEASE)));
    claimed.addAll(idsOf(store.claim(100, LEASE)));

    assertThat(claimed).isEqualTo(ids);
  }

  @Test
  void aClaimGivesNoMoreThanWasAskedFor() {
    for (int i = 0; i < 5; i++) {
      added();
    }

    assertThat(store.claim(2, LEASE)).hasSize(2);
    assertThat(store.claim(2, LEASE)).hasSize(2);
    assertThat(store.claim(2, LEASE)).hasSize(1);
  }

  @Test
  void aClaimedJobIsProcessingWithOneMoreAttempt() {
    Job job = added();

    ClaimedJob claimed = claimOne();

    assertThat(claimed.job()).isEqualTo(job.claimed());
    assertThat(claimed.job().status()).isEqualTo(JobStatus.PROCESSING);
    assertThat(claimed.job().attempts()).isEqualTo(1);
    assertThat(claimed.lease().jobId()).isEqualTo(job.id());
    assertThat(store.find(job.id())).contains(claimed.job());
  }

  @Test
  void aClaimedJobIsNotGivenToAnyoneElse() {
    added();
    claimOne();

    assertThat(store.claim(10, LEASE)).isEmpty();
  }

  @Test
  void aClaimGivesTheRequestBackUnchanged() {
    byte[] everyByte = new byte[256];
    for (int i = 0; i < everyByte.length; i++) {
      everyByte[i] = (byte) i;
    }
    var request =
        new RecordedRequest(
            "POST",
            "/v1/chat%2Fcompletions?a=%00&a=%E2%82%AC&b",
            Headers.of(
                "X-Tag", "one", "x-tag", "two", "X-Empty", "", "X-Tag", "Größe €", "Host", "h:1"),
            Bytes.wrap(everyByte),
            new Caller("2001:db8::7", "client.example", 65535),
            new Origin("node-1", true, "::1", 8443),
            List.of("openai/gpt-4o-mini", "mistral/large"));
    store.add(job(), request, AMPLE);

    assertThat(claimOne().request()).isEqualTo(request);
  }

  @Test
  void aClaimGivesARequestWithNothingInItBackUnchanged() {
    var request =
        new RecordedRequest(
            "POST",
            "/",
            Headers.none(),
            Bytes.empty(),
            new Caller("", "", 0),
            new Origin("", false, "127.0.0.1", 1),
            List.of());
    store.add(job(), request, AMPLE);

    assertThat(claimOne().request()).isEqualTo(request);
  }

  @Test
  void eachClaimOfAJobHasALeaseOfItsOwn() {
    added();
    Lease first = claimOne().lease();
    store.release(first);

    Lease second = claimOne().lease();

    assertThat(second).isNotEqualTo(first);
  }

  // ---- leases

  @Test
  void leasesAreRenewedTogether() {
    List<Lease> leases =
        IntStream.range(0, 3)
            .mapToObj(
                i -> {
                  added();
                  return claimOne().lease();
                })
            .toList();
    store.release(leases.get(1));

    assertThat(store.renew(leases, LEASE.multipliedBy(3))).containsExactly(leases.get(1));

    clock.advance(LEASE.multipliedBy(2));
    assertThat(recoverLapsed(MAX_ATTEMPTS, LOST)).isZero();
    assertThat(store.renew(List.of(), LEASE)).isEmpty();
  }

  @Test
  void aLeaseThatHasNotLapsedIsLeftAlone() {
    Job job = added();
    claimOne();
    clock.advance(LEASE.minus(TICK));

    assertThat(recoverLapsed(MAX_ATTEMPTS, LOST)).isZero();
    assertThat(found(job).status()).isEqualTo(JobStatus.PROCESSING);
  }

  @Test
  void aJobWhoseLeaseLapsedWaitsAgainWithItsAttemptCounted() {
    Job job = added();
    ClaimedJob lost = claimOne();
    clock.advance(LEASE.plus(TICK));

    assertThat(recoverLapsed(MAX_ATTEMPTS, LOST)).isEqualTo(1);

    assertThat(found(job)).isEqualTo(lost.job().returned());
    ClaimedJob again = claimOne();
    assertThat(again.job().attempts()).isEqualTo(2);
    assertThat(again.request()).isEqualTo(lost.request());
  }

  @Test
  void aJobThatWasClaimedOftenEnoughFailsInsteadOfWaitingAgain() {
    Job job = added();
    for (int attempt = 1; attempt < MAX_ATTEMPTS; attempt++) {
      claimOne();
      clock.advance(LEASE.plus(TICK));
      assertThat(recoverLapsed(MAX_ATTEMPTS, LOST)).isEqualTo(1);
      assertThat(found(job).status()).isEqualTo(JobStatus.PENDING);
    }
    claimOne();
    clock.advance(LEASE.plus(TICK));

    assertThat(store.recoverLapsed(MAX_ATTEMPTS, LOST))
        .isEqualTo(new Recovery(0, List.of(job.id())));

    Job failed = found(job);
    assertThat(failed.status()).isEqualTo(JobStatus.FAILED);
    assertThat(failed.attempts()).isEqualTo(MAX_ATTEMPTS);
    assertThat(failed.result()).contains(LOST);
    assertThat(failed.whenCompleted()).isEqualTo(clock.instant());
    assertThat(failed.whenExpires()).isEqualTo(clock.instant().plus(TTL));
    assertThat(store.claim(1, LEASE)).isEmpty();
  }

  @Test
  void aRecoveryChangesOnlyWhatHasLapsedAndSaysHowMuch() {
    Job waiting = added();
    Job lapsed = addedAndClaimedAfter(waiting);
    Job alsoLapsed = added();
    claimOne();
    clock.advance(LEASE.minus(TICK));
    Job held = added();
    claimOne();
    clock.advance(TICK.multipliedBy(2));

    assertThat(recoverLapsed(MAX_ATTEMPTS, LOST)).isEqualTo(2);

    assertThat(found(lapsed).status()).isEqualTo(JobStatus.PENDING);
    assertThat(found(alsoLapsed).status()).isEqualTo(JobStatus.PENDING);
    assertThat(found(held).status()).isEqualTo(JobStatus.PROCESSING);
    assertThat(found(waiting).status()).isEqualTo(JobStatus.COMPLETED);
  }

  @Test
  void aSecondRecoveryFindsNothingMore() {
    added();
    claimOne();
    clock.advance(LEASE.plus(TICK));
    recoverLapsed(MAX_ATTEMPTS, LOST);

    assertThat(recoverLapsed(MAX_ATTEMPTS, LOST)).isZero();
  }

  @Test
  void jobsThatWaitOrAreDoneHaveNoLeaseThatCouldLapse() {
    Job done = added();
    complete(claimOne().lease(), ANSWER);
    Job waiting = added();
    clock.advance(LEASE.plus(TICK));

    assertThat(recoverLapsed(MAX_ATTEMPTS, LOST)).isZero();
    assertThat(found(waiting)).isEqualTo(waiting);
    assertThat(found(done).result()).contains(ANSWER);
  }

  @Test
  void aRenewedLeaseLapsesLater() {
    added();
    Lease lease = claimOne().lease();
    clock.advance(LEASE.minus(TICK));

    assertThat(renew(lease, LEASE)).isTrue();

    clock.advance(LEASE.minus(TICK));
    assertThat(recoverLapsed(MAX_ATTEMPTS, LOST)).isZero();
    clock.advance(TICK.multipliedBy(2));
    assertThat(recoverLapsed(MAX_ATTEMPTS, LOST)).isEqualTo(1);
  }

  @Test
  void aLeaseThatAnotherWorkerTookOverIsNotRenewed() {
    added();
    Lease lost = claimOne().lease();
    clock.advance(LEASE.plus(TICK));
    recoverLapsed(MAX_ATTEMPTS, LOST);
    claimOne();

    assertThat(renew(lost, LEASE.multipliedBy(100))).isFalse();

    // Had it been renewed after all, the job would not come back now.
    clock.advance(LEASE.plus(TICK));
    assertThat(recoverLapsed(MAX_ATTEMPTS, LOST)).isEqualTo(1);
  }

  @Test
  void theLeaseOfAJobThatIsDoneIsNotRenewed() {
    added();
    Lease lease = claimOne().lease();
    complete(lease, ANSWER);

    assertThat(renew(lease, LEASE)).isFalse();
  }

  @Test
  void theLeaseOfADeletedJobIsNotRenewed() {
    Job job = added();
    Lease lease = claimOne().lease();
    store.delete(job.id());

    assertThat(renew(lease, LEASE)).isFalse();
  }

  // ---- complete

  @Test
  void aSuccessfulAnswerCompletesTheJob() {
    Job job = added();
    ClaimedJob claimed = claimOne();
    clock.advance(Duration.ofMillis(1581));

    assertThat(complete(claimed.lease(), ANSWER)).isTrue();

    Job done = found(job);
    assertThat(done).isEqualTo(claimed.job().finished(ANSWER, clock.instant()));
    assertThat(done.status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(done.whenCompleted()).isEqualTo(clock.instant());
    assertThat(done.whenExpires()).isEqualTo(clock.instant().plus(TTL));
  }

  @Test
  void anyOtherAnswerFailsTheJob() {
    Job job = added();
    Outcome outcome = answer(429, "{\"error\":{}}");

    complete(claimOne().lease(), outcome);

    assertThat(found(job).status()).isEqualTo(JobStatus.FAILED);
    assertThat(found(job).result()).contains(outcome);
  }

  @Test
  void noAnswerFailsTheJob() {
    Job job = added();
    var outcome = new Outcome.Unanswered(Failure.TIMEOUT, "No answer within 10 minutes – sorry.");

    complete(claimOne().lease(), outcome);

    assertThat(found(job).status()).isEqualTo(JobStatus.FAILED);
    assertThat(found(job).result()).contains(outcome);
  }

  @Test
  void aResponseIsKeptUnchanged() {
    byte[] everyByte = new byte[256];
    for (int i = 0; i < everyByte.length; i++) {
      everyByte[i] = (byte) i;
    }
    var outcome =
        new Outcome.Answered(
            new RecordedResponse(
                206,
                Headers.of("X-Tag", "b", "Content-Type", "audio/mpeg", "x-tag", "a", "X-Tag", ""),
                Bytes.wrap(everyByte),
                false));
    Job job = added();

    complete(claimOne().lease(), outcome);

    assertThat(found(job).result()).contains(outcome);
  }

  @Test
  void aResponseWithNothingInItIsKeptUnchanged() {
    var outcome =
        new Outcome.Answered(new RecordedResponse(204, Headers.none(), Bytes.empty(), false));
    Job job = added();

    complete(claimOne().lease(), outcome);

    assertThat(found(job).result()).contains(outcome);
  }

  @Test
  void aSecondCompletionIsRefused() {
    Job job = added();
    Lease lease = claimOne().lease();
    complete(lease, ANSWER);
    Job done = found(job);
    clock.advance(Duration.ofSeconds(1));

    assertThat(complete(lease, answer(500, "{}"))).isFalse();
    assertThat(found(job)).isEqualTo(done);
  }

  @Test
  void aWorkerThatWasSlowButNotReplacedStillCompletes() {
    Job job = added();
    Lease lease = claimOne().lease();
    clock.advance(LEASE.multipliedBy(2));

    assertThat(complete(lease, ANSWER)).isTrue();
    assertThat(found(job).result()).contains(ANSWER);
  }

  @Test
  void aCompletionIsRefusedOnceTheJobWasRecovered() {
    Job job = added();
    Lease lost = claimOne().lease();
    clock.advance(LEASE.plus(TICK));
    recoverLapsed(MAX_ATTEMPTS, LOST);

    assertThat(complete(lost, ANSWER)).isFalse();
    assertThat(found(job).status()).isEqualTo(JobStatus.PENDING);
  }

  @Test
  void onlyTheWorkerThatTookOverCanComplete() {
    Job job = added();
    Lease lost = claimOne().lease();
    clock.advance(LEASE.plus(TICK));
    recoverLapsed(MAX_ATTEMPTS, LOST);
    Lease current = claimOne().lease();

    assertThat(complete(lost, answer(200, "\"late\""))).isFalse();
    assertThat(found(job).status()).isEqualTo(JobStatus.PROCESSING);
    assertThat(complete(current, ANSWER)).isTrue();
    assertThat(complete(lost, answer(200, "\"later\""))).isFalse();
    assertThat(found(job).result()).contains(ANSWER);
  }

  @Test
  void aCompletionIsRefusedOnceTheJobWasGivenUp() {
    Job job = added();
    Lease lost = claimOne().lease();
    clock.advance(LEASE.plus(TICK));
    recoverLapsed(1, LOST);

    assertThat(complete(lost, ANSWER)).isFalse();
    assertThat(found(job).result()).contains(LOST);
  }

  @Test
  void aCompletionIsRefusedOnceTheJobWasCancelled() {
    Job job = added();
    Lease lease = claimOne().lease();
    store.finish(job.id(), CANCELLED);

    assertThat(complete(lease, ANSWER)).isFalse();
    assertThat(found(job).result()).contains(CANCELLED);
  }

  @Test
  void aCompletionDoesNotBringADeletedJobBack() {
    Job job = added();
    Lease lease = claimOne().lease();
    store.delete(job.id());

    assertThat(complete(lease, ANSWER)).isFalse();
    assertThat(store.find(job.id())).isEmpty();
  }

  @Test
  void aCompletionIsRefusedOnceTheJobWasReleased() {
    Job job = added();
    Lease lease = claimOne().lease();
    store.release(lease);

    assertThat(complete(lease, ANSWER)).isFalse();
    assertThat(found(job).status()).isEqualTo(JobStatus.PENDING);
  }

  @Test
  void aLeaseIsWorthNothingForAnotherJob() {
    added();
    Lease lease = claimOne().lease();
    Job other = added();

    assertThat(complete(new Lease(other.id(), lease.token()), ANSWER)).isFalse();
    assertThat(found(other)).isEqualTo(other);
  }

  // ---- release

  @Test
  void aReleasedJobWaitsAgainAndTheAttemptDoesNotCount() {
    Job job = added();
    ClaimedJob claimed = claimOne();

    assertThat(store.release(claimed.lease())).isTrue();

    assertThat(found(job)).isEqualTo(job);
    ClaimedJob again = claimOne();
    assertThat(again.job().attempts()).isEqualTo(1);
    assertThat(again.request()).isEqualTo(claimed.request());
  }

  @Test
  void aReleaseKeepsTheAttemptsThatWereLostBefore() {
    Job job = added();
    claimOne();
    clock.advance(LEASE.plus(TICK));
    recoverLapsed(MAX_ATTEMPTS, LOST);

    store.release(claimOne().lease());

    assertThat(found(job).attempts()).isEqualTo(1);
  }

  @Test
  void aJobCannotBeReleasedTwice() {
    Job job = added();
    Lease lease = claimOne().lease();
    store.release(lease);

    assertThat(store.release(lease)).isFalse();
    assertThat(found(job)).isEqualTo(job);
    assertThat(store.claim(10, LEASE)).hasSize(1);
  }

  @Test
  void aJobThatAnotherWorkerTookOverCannotBeReleased() {
    Job job = added();
    Lease lost = claimOne().lease();
    clock.advance(LEASE.plus(TICK));
    recoverLapsed(MAX_ATTEMPTS, LOST);
    claimOne();

    assertThat(store.release(lost)).isFalse();
    assertThat(found(job).status()).isEqualTo(JobStatus.PROCESSING);
  }

  @Test
  void aJobThatIsDoneCannotBeReleased() {
    Job job = added();
    Lease lease = claimOne().lease();
    complete(lease, ANSWER);

    assertThat(store.release(lease)).isFalse();
    assertThat(found(job).result()).contains(ANSWER);
  }

  // ---- finish

  @Test
  void aWaitingJobCanBeFinishedAndIsNotClaimedAnyMore() {
    Job job = added();
    clock.advance(Duration.ofSeconds(5));

    Optional<Job> finished = store.finish(job.id(), CANCELLED);

    assertThat(finished).contains(job.finished(CANCELLED, clock.instant()));
    assertThat(store.find(job.id())).isEqualTo(finished);
    assertThat(store.claim(10, LEASE)).isEmpty();
  }

  @Test
  void aRunningJobCanBeFinishedWhoeverHoldsItsLease() {
    Job job = added();
    ClaimedJob claimed = claimOne();
    clock.advance(Duration.ofSeconds(5));

    Optional<Job> finished = store.finish(job.id(), CANCELLED);

    assertThat(finished).contains(claimed.job().finished(CANCELLED, clock.instant()));
    assertThat(store.find(job.id())).isEqualTo(finished);
    assertThat(renew(claimed.lease(), LEASE)).isFalse();
    assertThat(store.release(claimed.lease())).isFalse();
  }

  @Test
  void aJobThatIsDoneStaysAsItIsWhenItIsFinished() {
    Job job = added();
    complete(claimOne().lease(), ANSWER);
    Job done = found(job);
    clock.advance(Duration.ofSeconds(5));

    assertThat(store.finish(job.id(), CANCELLED)).contains(done);
    assertThat(store.find(job.id())).contains(done);
  }

  // ---- delete

  @Test
  void aDeletedWaitingJobIsGoneAndNotClaimedAnyMore() {
    Job job = added();

    assertThat(store.delete(job.id())).isTrue();

    assertGone(job.id(), new Lease(job.id(), 1));
    assertThat(store.claim(10, LEASE)).isEmpty();
  }

  @Test
  void aDeletedRunningJobIsGoneAndDoesNotComeBackWhenItsLeaseLapses() {
    Job job = added();
    Lease lease = claimOne().lease();

    assertThat(store.delete(job.id())).isTrue();

    assertGone(job.id(), lease);
    clock.advance(LEASE.plus(TICK));
    assertThat(recoverLapsed(MAX_ATTEMPTS, LOST)).isZero();
    assertThat(store.claim(10, LEASE)).isEmpty();
  }

  @Test
  void aDeletedJobThatWasDoneIsGone() {
    Job job = added();
    Lease lease = claimOne().lease();
    complete(lease, ANSWER);

    assertThat(store.delete(job.id())).isTrue();

    assertGone(job.id(), lease);
  }

  @Test
  void aDeleteTouchesNoOtherJob() {
    Job one = added();
    Job other = added();

    store.delete(one.id());

    assertThat(store.find(other.id())).contains(other);
    assertThat(idsOf(store.claim(10, LEASE))).containsExactly(other.id());
  }

  // ---- expiry

  @Test
  void aJobIsThereUntilTheInstantBeforeItExpires() {
    Job job = done(added());
    clock.advance(TTL.minus(TICK));

    assertThat(store.find(job.id())).contains(job);
    assertThat(store.finish(job.id(), CANCELLED)).contains(job);
  }

  @Test
  void aJobIsGoneForEveryMethodFromTheInstantOnWhenItExpires() {
    added();
    ClaimedJob claimed = claimOne();
    complete(claimed.lease(), ANSWER);
    clock.advance(TTL);

    assertGone(claimed.job().id(), claimed.lease());
  }

  @Test
  void anExpiredJobCannotBeDeletedAsTheFirstThingThatIsAsked() {
    Job job = done(added());
    clock.advance(TTL);

    assertThat(store.delete(job.id())).isFalse();
  }

  @Test
  void anExpiredJobCannotBeFinishedAsTheFirstThingThatIsAsked() {
    Job job = done(added());
    clock.advance(TTL);

    assertThat(store.finish(job.id(), CANCELLED)).isEmpty();
  }

  @Test
  void theTimeToLiveRunsFromTheCompletion() {
    Job job = added();
    clock.advance(TTL.multipliedBy(3));
    complete(claimOne().lease(), ANSWER);
    clock.advance(TTL.minus(TICK));

    assertThat(store.find(job.id())).isPresent();
  }

  @Test
  void aCancelledJobExpiresLikeAnyOther() {
    Job job = added();
    store.finish(job.id(), CANCELLED);
    clock.advance(TTL);

    assertThat(store.find(job.id())).isEmpty();
  }

  @Test
  void aJobThatIsNotDoneNeverExpires() {
    Job running = added();
    claimOne();
    Job waiting = added();
    clock.advance(Duration.ofDays(365));
    store.removeExpired();

    assertThat(store.find(waiting.id())).contains(waiting);
    assertThat(found(running).status()).isEqualTo(JobStatus.PROCESSING);
  }

  @Test
  void theDataOfExpiredJobsIsRemovedWithinAMinuteAndNoOther() {
    done(added());
    clock.advance(Duration.ofMinutes(5));
    Job living = done(added());
    Job waiting = added();
    clock.advance(TTL.minus(Duration.ofMinutes(4)));

    store.removeExpired();

    assertThat(store.counts().stored()).isEqualTo(2);
    assertThat(store.find(living.id())).contains(living);
    assertThat(store.find(waiting.id())).contains(waiting);
  }

  // ---- idempotency

  @Test
  void theSameKeyAndFingerprintGiveTheFirstJobBackAsItStands() {
    Job first = job("owner", new IdempotencyKey("key", "body"));
    store.add(first, request(), AMPLE);
    assertThat(addWithKey("key", "body")).isEqualTo(new Admission.Replayed(first));

    ClaimedJob claimed = claimOne();
    assertThat(addWithKey("key", "body")).isEqualTo(new Admission.Replayed(claimed.job()));

    complete(claimed.lease(), ANSWER);
    assertThat(addWithKey("key", "body")).isEqualTo(new Admission.Replayed(found(first)));
  }

  @Test
  void aRepeatedSubmitAddsNothing() {
    addWithKey("key", "body");
    Job repeated = job("owner", new IdempotencyKey("key", "body"));
    store.add(repeated, request(), AMPLE);

    assertThat(store.find(repeated.id())).isEmpty();
    assertThat(store.counts().stored()).isEqualTo(1);
    assertThat(store.claim(10, LEASE)).hasSize(1);
  }

  @Test
  void aKeyThatIsUsedForAnotherBodyIsRefusedAndAddsNothing() {
    addWithKey("key", "body");
    Job other = job("owner", new IdempotencyKey("key", "another body"));

    assertThat(store.add(other, request(), AMPLE)).isEqualTo(new Admission.KeyReused());
    assertThat(store.find(other.id())).isEmpty();
    assertThat(store.claim(10, LEASE)).hasSize(1);
  }

  @Test
  void theSameFingerprintUnderAnotherKeyIsAnotherJob() {
    addWithKey("key", "body");

    assertThat(addWithKey("another key", "body")).isInstanceOf(Admission.Added.class);
  }

  @Test
  void aRepeatedSubmitIsAnsweredEvenIfNoMoreJobsMayWait() {
    var limits = new Limits(1, 1);
    Job first = job("owner", new IdempotencyKey("key", "body"));
    store.add(first, request(), limits);

    assertThat(store.add(job("owner", new IdempotencyKey("key", "body")), request(), limits))
        .isEqualTo(new Admission.Replayed(first));
  }

  @Test
  void aSubmitThatWasRefusedDoesNotTakeItsKey() {
    var limits = new Limits(1, 1);
    Job inTheWay = job("owner", null);
    store.add(inTheWay, request(), limits);
    var key = new IdempotencyKey("key", "body");
    assertThat(store.add(job("owner", key), request(), limits))
        .isInstanceOf(Admission.Refused.class);
    store.delete(inTheWay.id());

    assertThat(store.add(job("owner", key), request(), limits)).isInstanceOf(Admission.Added.class);
  }

  @Test
  void aKeyLivesUntilTheInstantBeforeItsJobExpires() {
    addWithKey("key", "body");
    complete(claimOne().lease(), ANSWER);
    clock.advance(TTL.minus(TICK));

    assertThat(addWithKey("key", "body")).isInstanceOf(Admission.Replayed.class);
  }

  @Test
  void aKeyIsFreeAgainOnceItsJobHasExpired() {
    addWithKey("key", "body");
    complete(claimOne().lease(), ANSWER);
    clock.advance(TTL);

    assertThat(addWithKey("key", "another body")).isInstanceOf(Admission.Added.class);
  }

  @Test
  void aKeyStaysWithItsNewJobWhenTheExpiredOneIsCleanedUp() {
    addWithKey("key", "body");
    complete(claimOne().lease(), ANSWER);
    clock.advance(TTL);
    Job second = job("owner", new IdempotencyKey("key", "body"));
    store.add(second, request(), AMPLE);
    clock.advance(Duration.ofMinutes(5));
    store.removeExpired();

    assertThat(addWithKey("key", "body")).isEqualTo(new Admission.Replayed(second));
  }

  @Test
  void aKeyIsFreeAgainOnceItsWaitingJobIsDeleted() {
    Job first = job("owner", new IdempotencyKey("key", "body"));
    store.add(first, request(), AMPLE);
    store.delete(first.id());

    assertThat(addWithKey("key", "another body")).isInstanceOf(Admission.Added.class);
  }

  @Test
  void aKeyIsFreeAgainOnceItsFinishedJobIsDeleted() {
    Job first = job("owner", new IdempotencyKey("key", "body"));
    store.add(first, request(), AMPLE);
    complete(claimOne().lease(), ANSWER);
    store.delete(first.id());

    assertThat(addWithKey("key", "another body")).isInstanceOf(Admission.Added.class);
  }

  @Test
  void aCancelledJobKeepsItsKey() {
    Job first = job("owner", new IdempotencyKey("key", "body"));
    store.add(first, request(), AMPLE);
    store.finish(first.id(), CANCELLED);

    assertThat(addWithKey("key", "body")).isEqualTo(new Admission.Replayed(found(first)));
  }

  // ---- limits

  @Test
  void aCallerWithTooManyWaitingJobsIsRefusedAndOthersAreNot() {
    var limits = new Limits(100, 2);
    addOf("one", limits);
    addOf("one", limits);

    assertThat(addOf("one", limits)).isEqualTo(refused(Admission.Reason.CALLER_QUEUE_FULL));
    assertThat(addOf("other", limits)).isInstanceOf(Admission.Added.class);
    assertThat(addOf(null, limits)).isInstanceOf(Admission.Added.class);
  }

  @Test
  void callersWithoutACredentialCountAsOne() {
    var limits = new Limits(100, 2);
    addOf(null, limits);
    addOf(null, limits);

    assertThat(addOf(null, limits)).isEqualTo(refused(Admission.Reason.CALLER_QUEUE_FULL));
  }

  @Test
  void aFullQueueRefusesEveryone() {
    var limits = new Limits(2, 100);
    addOf("one", limits);
    addOf("two", limits);

    assertThat(addOf("three", limits)).isEqualTo(refused(Admission.Reason.QUEUE_FULL));
    assertThat(addOf(null, limits)).isEqualTo(refused(Admission.Reason.QUEUE_FULL));
  }

  @Test
  void aRefusedJobIsNotThere() {
    var limits = new Limits(1, 1);
    addOf("owner", limits);
    Job refused = job("owner", null);
    store.add(refused, request(), limits);

    assertThat(store.find(refused.id())).isEmpty();
    assertThat(store.counts().stored()).isEqualTo(1);
    assertThat(store.claim(10, LEASE)).hasSize(1);
  }

  @Test
  void runningJobsDoNotCountAsWaiting() {
    var limits = new Limits(1, 1);
    addOf("owner", limits);
    claimOne();

    assertThat(addOf("owner", limits)).isInstanceOf(Admission.Added.class);
  }

  @Test
  void finishedJobsDoNotCountAsWaiting() {
    var limits = new Limits(1, 1);
    addOf("owner", limits);
    complete(claimOne().lease(), ANSWER);

    assertThat(addOf("owner", limits)).isInstanceOf(Admission.Added.class);
  }

  @Test
  void aCancelledJobMakesRoom() {
    var limits = new Limits(1, 1);
    Job job = job("owner", null);
    store.add(job, request(), limits);
    store.finish(job.id(), CANCELLED);

    assertThat(addOf("owner", limits)).isInstanceOf(Admission.Added.class);
  }

  @Test
  void aDeletedJobMakesRoom() {
    var limits = new Limits(1, 1);
    Job job = job("owner", null);
    store.add(job, request(), limits);
    store.delete(job.id());

    assertThat(addOf("owner", limits)).isInstanceOf(Admission.Added.class);
  }

  @Test
  void aRecoveredJobIsNotLostToTheLimitsAndCountsAsWaitingAgain() {
    var limits = new Limits(1, 1);
    addOf("owner", limits);
    claimOne();
    addOf("owner", limits);
    clock.advance(LEASE.plus(TICK));

    assertThat(recoverLapsed(MAX_ATTEMPTS, LOST)).isEqualTo(1);

    assertThat(store.counts().waiting()).isEqualTo(2);
    claimOne();
    assertThat(addOf("owner", limits)).isInstanceOf(Admission.Refused.class);
  }

  @Test
  void aReleasedJobCountsAsWaitingAgain() {
    var limits = new Limits(1, 1);
    addOf("owner", limits);
    store.release(claimOne().lease());

    assertThat(addOf("owner", limits)).isInstanceOf(Admission.Refused.class);
  }

  @Test
  void aJobThatWaitedAgainMakesRoomOnce() {
    var limits = new Limits(1, 1);
    addOf("owner", limits);
    store.release(claimOne().lease());
    complete(claimOne().lease(), ANSWER);

    assertThat(addOf("owner", limits)).isInstanceOf(Admission.Added.class);
    assertThat(addOf("owner", limits)).isInstanceOf(Admission.Refused.class);
  }

  // ---- counts

  @Test
  void theCountsFollowTheJobs() {
    assertCounts(0, 0, 0, 0);
    Job first = added();
    Job second = addedLater();
    assertCounts(2, 0, 0, 0);
    List<ClaimedJob> claimed = store.claim(2, LEASE);
    assertCounts(0, 2, 0, 0);
    complete(claimed.get(0).lease(), ANSWER);
    assertCounts(0, 1, 1, 0);
    store.release(claimed.get(1).lease());
    assertCounts(1, 0, 1, 0);
    store.finish(second.id(), CANCELLED);
    assertCounts(0, 0, 1, 1);
    store.delete(first.id());
    assertCounts(0, 0, 0, 1);
    store.delete(second.id());
    assertCounts(0, 0, 0, 0);
  }

  @Test
  void anAnswerThatIsNoSuccessAndALostWorkerCountAsFailed() {
    added();
    complete(claimOne().lease(), answer(429, "{}"));
    added();
    store.claim(1, LEASE);
    clock.advance(LEASE.plus(TICK));
    recoverLapsed(1, LOST);

    assertCounts(0, 0, 0, 2);
  }

  @Test
  void theCountsForgetJobsWhoseDataIsRemoved() {
    done(added());
    store.finish(added().id(), CANCELLED);
    clock.advance(TTL);
    store.removeExpired();

    assertCounts(0, 0, 0, 0);
  }

  // ---- the newest jobs

  @Test
  void theNewestJobsAreThoseThatWereCreatedLast() {
    added();
    List<UUID> newest = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      newest.add(0, addedLater().id());
    }

    assertThat(store.newest(3)).extracting(JobSummary::id).isEqualTo(newest);
  }

  @Test
  void aSummarySaysWhatBecameOfAJobInWhateverState() {
    Job completed = done(added());
    Job failed = addedLater();
    store.finish(failed.id(), CANCELLED);
    addedLater();
    Job processing = claimOne().job();
    Job pending = addedLater();

    assertThat(store.newest(10))
        .containsExactly(
            JobSummary.of(pending),
            JobSummary.of(processing),
            JobSummary.of(found(failed)),
            JobSummary.of(completed));
  }

  @Test
  void aSummaryOfAJobWithoutAModelHasNone() {
    Job job =
        Job.pending(UUID.randomUUID(), "r", "/own/route", null, null, null, TTL, clock.instant());
    store.add(job, request(), AMPLE);

    assertThat(store.newest(1)).containsExactly(JobSummary.of(job));
  }

  @Test
  void deletedAndExpiredJobsAreNotAmongTheNewest() {
    done(added());
    store.delete(addedLater().id());
    clock.advance(TTL);
    Job live = added();

    assertThat(store.newest(10)).containsExactly(JobSummary.of(live));
  }

  // ---- listeners

  @Test
  void aListenerIsToldOfANewJob() throws Exception {
    var told = new Told();
    store.subscribe(told);

    Job job = added();

    told.awaits(job.id(), Change.PENDING);
  }

  @Test
  void aListenerIsToldOfAJobThatWasReleased() throws Exception {
    Job job = added();
    Lease lease = claimOne().lease();
    var told = new Told();
    store.subscribe(told);

    store.release(lease);

    told.awaits(job.id(), Change.PENDING);
  }

  @Test
  void aListenerIsToldOfAJobThatWasRecovered() throws Exception {
    Job job = added();
    claimOne();
    var told = new Told();
    store.subscribe(told);
    clock.advance(LEASE.plus(TICK));

    recoverLapsed(MAX_ATTEMPTS, LOST);

    told.awaits(job.id(), Change.PENDING);
  }

  @Test
  void aListenerIsToldOfAJobThatWasGivenUp() throws Exception {
    Job job = added();
    claimOne();
    var told = new Told();
    store.subscribe(told);
    clock.advance(LEASE.plus(TICK));

    recoverLapsed(1, LOST);

    told.awaits(job.id(), Change.DONE);
  }

  @Test
  void aListenerIsToldOfACompletion() throws Exception {
    Job job = added();
    Lease lease = claimOne().lease();
    var told = new Told();
    store.subscribe(told);

    complete(lease, ANSWER);

    told.awaits(job.id(), Change.DONE);
  }

  @Test
  void aListenerIsToldOfACancel() throws Exception {
    Job job = added();
    var told = new Told();
    store.subscribe(told);

    store.finish(job.id(), CANCELLED);

    told.awaits(job.id(), Change.DONE);
  }

  @Test
  void aListenerIsToldOfADelete() throws Exception {
    Job job = added();
    var told = new Told();
    store.subscribe(told);

    store.delete(job.id());

    told.awaits(job.id(), Change.DELETED);
  }

  @Test
  void whatAListenerIsToldOfCanBeSeenInTheStore() throws Exception {
    Job job = added();
    var seen = new LinkedBlockingQueue<Optional<Job>>();
    store.subscribe(
        (id, change) -> {
          if (change == Change.DONE) {
            seen.add(store.find(id));
          }
        });

    complete(claimOne().lease(), ANSWER);

    assertThat(seen.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo(store.find(job.id()));
  }

  @Test
  void everyListenerIsTold() throws Exception {
    var one = new Told();
    var other = new Told();
    store.subscribe(one);
    store.subscribe(other);

    Job job = added();

    one.awaits(job.id(), Change.PENDING);
    other.awaits(job.id(), Change.PENDING);
  }

  @Test
  void aListenerIsToldOfNothingOnceItsSubscriptionIsClosed() throws Exception {
    var gone = new Told();
    var there = new Told();
    JobStore.Subscription subscription = store.subscribe(gone);
    store.subscribe(there);
    subscription.close();

    Job job = added();
    store.delete(job.id());

    // The one that stayed proves that the news is out.
    there.awaits(job.id(), Change.DELETED);
    assertThat(gone.isEmpty()).isTrue();
  }

  // ---- races

  @RepeatedTest(20)
  void manyWorkersClaimEachJobExactlyOnce() throws Exception {
    Set<UUID> all = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      all.add(added().id());
    }

    List<List<UUID>> claims =
        race(
            THREADS,
            worker -> {
              var mine = new ArrayList<UUID>();
              while (true) {
                List<ClaimedJob> some = store.claim(1 + worker, LEASE);
                if (some.isEmpty()) {
                  return mine;
                }
                mine.addAll(idsOf(some));
              }
            });

    assertThat(claims.stream().flatMap(List::stream).toList())
        .containsExactlyInAnyOrderElementsOf(all);
  }

  @RepeatedTest(100)
  void completionCancelAndRecoveryTogetherRecordExactlyOneOutcome() throws Exception {
    Job job = added();
    Lease lease = claimOne().lease();
    clock.advance(LEASE.plus(TICK));

    List<Optional<Outcome>> recorded =
        race(
            List.of(
                () -> complete(lease, ANSWER) ? Optional.of(ANSWER) : Optional.empty(),
                () -> store.finish(job.id(), CANCELLED).flatMap(Job::result),
                () -> recoverLapsed(1, LOST) == 1 ? Optional.of(LOST) : Optional.empty()));

    Outcome outcome = found(job).result().orElseThrow();
    // Who says that it made the end must have, and the cancel must be told of the one that is.
    assertThat(recorded.stream().flatMap(Optional::stream)).containsOnly(outcome);
    assertThat(recorded.get(1)).contains(outcome);
  }

  @RepeatedTest(100)
  void oneLeaseCompletesOnceHoweverManyTryIt() throws Exception {
    Job job = added();
    Lease lease = claimOne().lease();

    List<Boolean> results = race(THREADS, i -> complete(lease, answer(200, Integer.toString(i))));

    assertThat(results).containsOnlyOnce(true);
    assertThat(found(job).result()).contains(answer(200, Integer.toString(results.indexOf(true))));
  }

  @RepeatedTest(100)
  void aLateWorkerAndARecoveryNeverBothHaveTheJob() throws Exception {
    Job job = added();
    Lease lease = claimOne().lease();
    clock.advance(LEASE.plus(TICK));

    List<Boolean> results =
        race(List.of(() -> complete(lease, ANSWER), () -> recoverLapsed(MAX_ATTEMPTS, LOST) == 1));

    boolean completed = results.get(0);
    assertThat(results.get(1)).isEqualTo(!completed);
    assertThat(found(job).status()).isEqualTo(completed ? JobStatus.COMPLETED : JobStatus.PENDING);
    assertThat(store.claim(10, LEASE)).hasSize(completed ? 0 : 1);
  }

  @RepeatedTest(100)
  void aJobThatIsCancelledWhileItIsClaimedStaysCancelled() throws Exception {
    Job job = added();

    race(List.of(() -> store.claim(1, LEASE), () -> store.finish(job.id(), CANCELLED)));

    assertThat(found(job).result()).contains(CANCELLED);
    assertCounts(0, 0, 0, 1);
  }

  @RepeatedTest(100)
  void aJobThatIsDeletedWhileItIsCompletedStaysDeleted() throws Exception {
    Job job = added();
    Lease lease = claimOne().lease();

    race(List.of(() -> complete(lease, ANSWER), () -> store.delete(job.id())));

    assertThat(store.find(job.id())).isEmpty();
    assertCounts(0, 0, 0, 0);
  }

  @RepeatedTest(100)
  void aJobIsDeletedByOneCallerOnly() throws Exception {
    Job job = added();

    assertThat(race(THREADS, i -> store.delete(job.id()))).containsOnlyOnce(true);
  }

  @RepeatedTest(100)
  void aLapsedJobIsRecoveredOnceHoweverManyTryIt() throws Exception {
    added();
    claimOne();
    clock.advance(LEASE.plus(TICK));

    List<Integer> changed = race(THREADS, i -> recoverLapsed(MAX_ATTEMPTS, LOST));

    assertThat(changed.stream().mapToInt(Integer::intValue).sum()).isEqualTo(1);
    assertThat(store.claim(10, LEASE)).hasSize(1);
  }

  @RepeatedTest(100)
  void theSameKeyFromManyThreadsAddsOneJob() throws Exception {
    List<Admission> admissions = race(THREADS, i -> addWithKey("key", "body"));

    List<UUID> added =
        admissions.stream()
            .filter(Admission.Added.class::isInstance)
            .map(admission -> ((Admission.Added) admission).job().id())
            .toList();
    assertThat(added).hasSize(1);
    assertThat(
            admissions.stream()
                .filter(Admission.Replayed.class::isInstance)
                .map(admission -> ((Admission.Replayed) admission).job().id()))
        .hasSize(THREADS - 1)
        .containsOnly(added.get(0));
    assertThat(idsOf(store.claim(10, LEASE))).isEqualTo(added);
    assertThat(store.counts().stored()).isEqualTo(1);
  }

  @RepeatedTest(100)
  void oneKeyFromManyThreadsWithDifferentBodiesAddsOneJob() throws Exception {
    List<Admission> admissions = race(THREADS, i -> addWithKey("key", "body " + i));

    assertThat(admissions.stream().filter(Admission.Added.class::isInstance)).hasSize(1);
    assertThat(admissions.stream().filter(Admission.KeyReused.class::isInstance))
        .hasSize(THREADS - 1);
    assertThat(store.claim(10, LEASE)).hasSize(1);
  }

  // ---- help for tests, a store's own included

  /** A job that nobody has added yet. */
  protected final Job job() {
    return job("owner", null);
  }

  protected final Job job(@Nullable String owner, @Nullable IdempotencyKey key) {
    return Job.pending(
        UUID.randomUUID(),
        "request",
        "chat/completions",
        "openai/gpt-4o",
        owner,
        key,
        TTL,
        clock.instant());
  }

  /** A small request. */
  protected static RecordedRequest request() {
    return request(Bytes.of("{\"model\":\"openai/gpt-4o\",\"messages\":[]}"));
  }

  protected static RecordedRequest request(Bytes body) {
    return new RecordedRequest(
        "POST",
        "/v1/chat/completions",
        Headers.of("Content-Type", "application/json"),
        body,
        new Caller("192.0.2.1", "192.0.2.1", 50_000),
        new Origin("node", false, "127.0.0.1", 8080),
        List.of());
  }

  /** The handler answered with that text. */
  protected static Outcome answer(int status, String json) {
    return new Outcome.Answered(
        new RecordedResponse(
            status, Headers.of("Content-Type", "application/json"), Bytes.of(json), true));
  }

  /** A job that is in the store. */
  protected final Job added() {
    Job job = job();
    assertThat(store.add(job, request(), AMPLE)).isInstanceOf(Admission.Added.class);
    return job;
  }

  /** The next job, which there must be. */
  protected final ClaimedJob claimOne() {
    List<ClaimedJob> claimed = store.claim(1, LEASE);
    assertThat(claimed).hasSize(1);
    return claimed.get(0);
  }

  /** How many jobs this changed. */
  protected final int recoverLapsed(int maxAttempts, Outcome lost) {
    return store.recoverLapsed(maxAttempts, lost).total();
  }

  /** Whether the outcome was recorded. */
  protected final boolean complete(Lease lease, Outcome outcome) {
    try {
      return store
          .complete(lease, outcome)
          .toCompletableFuture()
          .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException | ExecutionException | TimeoutException e) {
      throw new AssertionError(e);
    }
  }

  /** Whether the lease goes on. */
  protected final boolean renew(Lease lease, Duration duration) {
    return store.renew(Set.of(lease), duration).isEmpty();
  }

  /** The job as it stands, which it must. */
  protected final Job found(Job job) {
    return store.find(job.id()).orElseThrow();
  }

  /** What one thread of a race does. */
  @FunctionalInterface
  protected interface Racer<T> {

    T run(int index) throws Exception;
  }

  /** Has as many threads do the same at the same time, and gives what each returned. */
  protected static <T> List<T> race(int threads, Racer<T> racer) throws Exception {
    var racers = new ArrayList<Callable<? extends T>>();
    for (int i = 0; i < threads; i++) {
      int index = i;
      racers.add(() -> racer.run(index));
    }
    return race(racers);
  }

  /** Has one thread for each do them at the same time, and gives what each returned. */
  protected static <T> List<T> race(List<Callable<? extends T>> racers)
      throws InterruptedException, ExecutionException, TimeoutException {
    var start = new CyclicBarrier(racers.size());
    var threads = Executors.newFixedThreadPool(racers.size());
    try {
      var futures = new ArrayList<Future<T>>();
      for (Callable<? extends T> racer : racers) {
        futures.add(
            threads.submit(
                () -> {
                  start.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
                  return racer.call();
                }));
      }
      var results = new ArrayList<T>();
      for (Future<T> future : futures) {
        results.add(future.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
      }
      return results;
    } finally {
      threads.shutdownNow();
    }
  }

  private Job addedLater() {
    clock.advance(TICK);
    return added();
  }

  /** Completes the job that waits, and only then adds and claims another. */
  private Job addedAndClaimedAfter(Job waiting) {
    done(waiting);
    Job job = added();
    claimOne();
    return job;
  }

  private Job done(Job job) {
    ClaimedJob claimed = claimOne();
    assertThat(claimed.job().id()).isEqualTo(job.id());
    assertThat(complete(claimed.lease(), ANSWER)).isTrue();
    return found(job);
  }

  private Admission addWithKey(String scope, String fingerprint) {
    return store.add(job("owner", new IdempotencyKey(scope, fingerprint)), request(), AMPLE);
  }

  private Admission addOf(@Nullable String owner, Limits limits) {
    return store.add(job(owner, null), request(), limits);
  }

  private static Admission refused(Admission.Reason reason) {
    return new Admission.Refused(reason);
  }

  private static List<UUID> idsOf(List<ClaimedJob> claimed) {
    return claimed.stream().map(one -> one.job().id()).toList();
  }

  private void assertGone(UUID id, Lease lease) {
    assertThat(store.find(id)).isEmpty();
    assertThat(renew(lease, LEASE)).isFalse();
    assertThat(complete(lease, ANSWER)).isFalse();
    assertThat(store.release(lease)).isFalse();
    assertThat(store.finish(id, CANCELLED)).isEmpty();
    assertThat(store.delete(id)).isFalse();
    assertThat(store.find(id)).isEmpty();
  }

  private void assertCounts(long waiting, long running, long completed, long failed) {
    JobCounts counts = store.counts();
    assertThat(List.of(counts.waiting(), counts.running(), counts.completed(), counts.failed()))
        .as("waiting, running, completed, failed")
        .isEqualTo(List.of(waiting, running, completed, failed));
  }

  /** Remembers what it was told; news may come late and more than once. */
  private static final class Told implements JobListener {

    private record News(UUID id, Change change) {}

    private final BlockingQueue<News> all = new LinkedBlockingQueue<>();

    @Override
    public void changed(UUID id, Change change) {
      all.add(new News(id, change));
    }

    boolean isEmpty() {
      return all.isEmpty();
    }

    void awaits(UUID id, Change change) throws InterruptedException {
      var wanted = new News(id, change);
      var others = new ArrayList<News>();
      while (true) {
        News next = all.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (wanted.equals(next)) {
          return;
        }
        assertThat(next).as("the news of %s, after %s", wanted, others).isNotNull();
        others.add(next);
      }
    }
  }
}

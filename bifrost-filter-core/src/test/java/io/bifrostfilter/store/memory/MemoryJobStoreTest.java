package io.bifrostfilter.store.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.job.Bytes;
import io.bifrostfilter.job.Failure;
import io.bifrostfilter.job.Headers;
import io.bifrostfilter.job.IdempotencyKey;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.JobStatus;
import io.bifrostfilter.job.Lease;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.job.RecordedRequest;
import io.bifrostfilter.job.RecordedResponse;
import io.bifrostfilter.store.Admission;
import io.bifrostfilter.store.ClaimedJob;
import io.bifrostfilter.store.JobCounts;
import io.bifrostfilter.store.JobListener.Change;
import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.JobStoreContract;
import io.bifrostfilter.store.Limits;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The contract, and what only a store on the heap has: a bound on the bytes it may take. */
class MemoryJobStoreTest extends JobStoreContract {

  private static final int MAX_BYTES = 1_000_000;

  @Override
  protected JobStore createStore(Clock clock) {
    return new MemoryJobStore(clock, MAX_BYTES);
  }

  // ---- bytes of requests

  @Test
  void aRequestThatDoesNotFitIsRefused() {
    add(requestOf(600_000));

    assertThat(tryToAdd(requestOf(600_000))).isEqualTo(storeFull());
  }

  @Test
  void requestsMayTakeEveryByteButNotOneMore() {
    add(requestOf(MAX_BYTES - 100));

    assertThat(tryToAdd(requestOf(101))).isEqualTo(storeFull());
    assertThat(tryToAdd(requestOf(100))).isInstanceOf(Admission.Added.class);
    assertThat(store().counts().bytes()).isEqualTo(MAX_BYTES);
  }

  @Test
  void headersAndPathCountAsWell() {
    RecordedRequest plain = requestOf(0);
    var request =
        new RecordedRequest(
            "POST",
            "/v1?" + "q".repeat(500_000),
            Headers.of("X-Long", "v".repeat(MAX_BYTES)),
            Bytes.empty(),
            plain.caller(),
            plain.origin(),
            List.of());

    assertThat(tryToAdd(request)).isEqualTo(storeFull());
  }

  @Test
  void aRefusedRequestTakesNoBytesAndNoPlaceInTheQueue() {
    var limits = new Limits(1, 1);
    store().add(job(), requestOf(MAX_BYTES + 1), limits);

    assertThat(store().counts()).isEqualTo(new JobCounts(0, 0, 0, 0, 0));
    assertThat(store().add(job(), requestOf(MAX_BYTES), limits))
        .isInstanceOf(Admission.Added.class);
  }

  @Test
  void aRepeatedSubmitTakesNoBytes() {
    var key = new IdempotencyKey("key", "body");
    store().add(job("owner", key), requestOf(100), AMPLE);
    store().add(job("owner", key), requestOf(100), AMPLE);

    assertThat(store().counts().bytes()).isEqualTo(100);
  }

  @Test
  void nothingIsEvictedWhenTheStoreIsFull() {
    var jobs = new ArrayList<Job>();
    for (int i = 0; i < 10; i++) {
      jobs.add(add(requestOf(MAX_BYTES / 10)));
    }
    for (int i = 0; i < 100; i++) {
      assertThat(tryToAdd(requestOf(MAX_BYTES / 10))).isEqualTo(storeFull());
    }
    store().removeExpired();

    assertThat(jobs).allSatisfy(job -> assertThat(store().find(job.id())).contains(job));
  }

  @Test
  void deletingAWaitingJobMakesRoomForItsBytes() {
    Job job = add(requestOf(MAX_BYTES));
    store().delete(job.id());

    assertThat(tryToAdd(requestOf(MAX_BYTES))).isInstanceOf(Admission.Added.class);
  }

  @Test
  void deletingARunningJobMakesRoomForItsBytes() {
    Job job = add(requestOf(MAX_BYTES));
    claimOne();
    store().delete(job.id());

    assertThat(tryToAdd(requestOf(MAX_BYTES))).isInstanceOf(Admission.Added.class);
  }

  @Test
  void aRequestIsDroppedWhenItsJobIsCompleted() {
    add(requestOf(MAX_BYTES));
    complete(claimOne().lease(), result(10));

    assertThat(store().counts().bytes()).isEqualTo(10);
    assertThat(tryToAdd(requestOf(MAX_BYTES - 10))).isInstanceOf(Admission.Added.class);
  }

  @Test
  void aRequestIsDroppedWhenItsJobIsCancelled() {
    Job job = add(requestOf(MAX_BYTES));
    store().finish(job.id(), CANCELLED);

    assertThat(store().counts().bytes()).isZero();
  }

  @Test
  void aRequestIsDroppedWhenItsJobIsGivenUp() {
    add(requestOf(MAX_BYTES));
    claimOne();
    clock().advance(LEASE.multipliedBy(2));
    store().recoverLapsed(1, LOST);

    assertThat(store().counts().bytes()).isZero();
  }

  @Test
  void aRequestIsKeptForAsLongAsItsJobMayRunAgain() {
    add(requestOf(100));
    store().release(claimOne().lease());
    assertThat(store().counts().bytes()).isEqualTo(100);

    claimOne();
    clock().advance(LEASE.multipliedBy(2));
    store().recoverLapsed(3, LOST);
    assertThat(store().counts().bytes()).isEqualTo(100);
  }

  // ---- bytes of results

  @Test
  void deletingAJobMakesRoomForTheBytesOfItsResult() {
    Job job = completed(result(MAX_BYTES));
    assertThat(tryToAdd(requestOf(1))).isEqualTo(storeFull());
    store().delete(job.id());

    assertThat(tryToAdd(requestOf(1))).isInstanceOf(Admission.Added.class);
  }

  @Test
  void anExpiredJobMakesRoomForTheBytesOfItsResult() {
    completed(result(MAX_BYTES));
    clock().advance(TTL.plusMinutes(1));
    store().removeExpired();

    assertThat(tryToAdd(requestOf(MAX_BYTES))).isInstanceOf(Admission.Added.class);
  }

  @Test
  void theHeadersOfAResultCountAsWell() {
    completed(
        new Outcome.Answered(
            new RecordedResponse(200, Headers.of("X-Ab", "cdef"), Bytes.of("0123456789"), false)));

    assertThat(store().counts().bytes()).isEqualTo(18);
  }

  @Test
  void nothingIsClaimedWhileResultsTakeAllTheRoomThereIs() {
    Job waiting = add(requestOf(10), requestOf(10)).get(1);
    complete(claimOne().lease(), result(MAX_BYTES));

    assertThat(store().claim(10, LEASE)).isEmpty();
    assertThat(found(waiting)).isEqualTo(waiting);
  }

  @Test
  void jobsAreClaimedAgainOnceAResultIsDeleted() {
    List<Job> jobs = add(requestOf(10), requestOf(10));
    complete(claimOne().lease(), result(MAX_BYTES));
    store().delete(jobs.get(0).id());

    assertThat(claimOne().job().id()).isEqualTo(jobs.get(1).id());
  }

  @Test
  void jobsAreClaimedAgainOnceAResultExpires() {
    List<Job> jobs = add(requestOf(10), requestOf(10));
    complete(claimOne().lease(), result(MAX_BYTES));
    clock().advance(TTL.plusMinutes(1));
    store().removeExpired();

    assertThat(claimOne().job().id()).isEqualTo(jobs.get(1).id());
  }

  @Test
  void listenersAreToldWhenAnExpiredJobMakesRoom() {
    // A worker that was given nothing for want of room has to be woken.
    Job job = completed(result(MAX_BYTES));
    var told = new ConcurrentHashMap<UUID, Change>();
    store().subscribe(told::put);
    clock().advance(TTL.plusMinutes(1));
    store().removeExpired();

    assertThat(told).containsEntry(job.id(), Change.DELETED);
  }

  @Test
  void jobsAreClaimedWhileRequestsAloneTakeAllTheRoomThereIs() {
    Job job = add(requestOf(MAX_BYTES));

    assertThat(claimOne().job().id()).isEqualTo(job.id());
  }

  @Test
  void whatRunsAlreadyMayTakeHalfAsMuchAgain() {
    List<Job> jobs = add(requestOf(10), requestOf(10));
    List<ClaimedJob> claimed = store().claim(2, LEASE);
    complete(claimed.get(0).lease(), result(MAX_BYTES));
    Outcome last = result(MAX_BYTES / 2);

    assertThat(complete(claimed.get(1).lease(), last)).isTrue();
    assertThat(found(jobs.get(1)).result()).contains(last);
  }

  @Test
  void aResultThatDoesNotFitEvenThereIsTooLarge() {
    List<Job> jobs = add(requestOf(10), requestOf(10));
    List<ClaimedJob> claimed = store().claim(2, LEASE);
    complete(claimed.get(0).lease(), result(MAX_BYTES));

    assertThat(complete(claimed.get(1).lease(), result(MAX_BYTES / 2 + 1))).isTrue();

    Job failed = found(jobs.get(1));
    assertThat(failed.status()).isEqualTo(JobStatus.FAILED);
    assertThat(failed.result())
        .get()
        .isInstanceOfSatisfying(
            Outcome.Unanswered.class,
            outcome -> {
              assertThat(outcome.failure()).isEqualTo(Failure.RESPONSE_TOO_LARGE);
              assertThat(outcome.message()).contains("200", "500001 bytes", "Delete");
            });
    assertThat(store().counts().bytes()).isEqualTo(MAX_BYTES);
  }

  // ---- the queue

  @Test
  void jobsThatCeasedToWaitDoNotAccumulateInTheQueue() {
    var jobs = new WaitingJobs();
    for (int i = 0; i < 50_000; i++) {
      assertThat(jobs.reserve("owner", AMPLE)).isEmpty();
      jobs.enqueue(UUID.randomUUID());
      jobs.leave("owner", id -> false);
    }

    assertThat(idsLeftIn(jobs)).hasSizeLessThan(2_000);
  }

  @Test
  void aSweepOfTheQueueKeepsThoseThatWaitInTheirOrder() {
    var jobs = new WaitingJobs();
    var waiting = new LinkedHashMap<UUID, Boolean>();
    for (int i = 0; i < 50_000; i++) {
      UUID id = UUID.randomUUID();
      jobs.reserve("owner", AMPLE);
      jobs.enqueue(id);
      if (i % 100 == 0) {
        waiting.put(id, true);
      } else {
        jobs.leave("owner", waiting::containsKey);
      }
    }

    assertThat(jobs.count()).isEqualTo(waiting.size());
    List<UUID> left = idsLeftIn(jobs);
    assertThat(left).hasSizeLessThan(3_000);
    left.retainAll(waiting.keySet());
    assertThat(left).containsExactlyElementsOf(waiting.keySet());
  }

  @Test
  void jobsThatWereCancelledWhileTheyWaitedAreSkipped() {
    for (int i = 0; i < 5_000; i++) {
      store().finish(add(requestOf(1)).id(), CANCELLED);
    }
    Job job = add(requestOf(1));

    assertThat(store().claim(10, LEASE))
        .extracting(claimed -> claimed.job().id())
        .containsExactly(job.id());
    assertThat(store().counts().waiting()).isZero();
  }

  @RepeatedTest(50)
  void noMoreJobsWaitThanTheLimitsAllowHoweverManyThreadsAdd() throws Exception {
    var limits = new Limits(7, 3);
    List<Integer> added =
        race(
            4,
            thread -> {
              int mine = 0;
              for (int i = 0; i < 10; i++) {
                String owner = i % 2 == 0 ? null : "owner-" + thread;
                Admission admission = store().add(job(owner, null), requestOf(1), limits);
                mine += admission instanceof Admission.Added ? 1 : 0;
              }
              return mine;
            });

    int sum = added.stream().mapToInt(Integer::intValue).sum();
    assertThat(sum).isBetween(1, 7);
    assertThat(store().counts().waiting()).isEqualTo(sum);
  }

  // ---- all of it together

  @ParameterizedTest
  @ValueSource(ints = {10, 100_000})
  void everyByteIsGivenBackWhenEveryJobIsGone(int size) {
    List<Job> jobs = add(requestOf(size), requestOf(size), requestOf(size), requestOf(size));
    List<ClaimedJob> claimed = store().claim(3, LEASE);
    complete(claimed.get(0).lease(), result(size));
    store().release(claimed.get(1).lease());
    store().finish(jobs.get(3).id(), CANCELLED);
    jobs.forEach(job -> store().delete(job.id()));

    assertThat(store().counts()).isEqualTo(new JobCounts(0, 0, 0, 0, 0));
  }

  @RepeatedTest(4)
  void aRandomWorkloadOfManyThreadsKeepsItsPromises(RepetitionInfo repetition) throws Exception {
    var workload = new Workload();
    long seed = 7_919L * repetition.getCurrentRepetition();

    race(
        4,
        thread -> {
          var random = new Random(seed + thread);
          for (int i = 0; i < 3_000; i++) {
            workload.step(random);
          }
          return true;
        });

    workload.assertEveryOutcomeIsTheOneThatWasRecorded();
    workload.deleteAll();
    clock().advance(TTL.plusMinutes(1));
    store().removeExpired();
    assertThat(store().counts()).as("seed %s", seed).isEqualTo(new JobCounts(0, 0, 0, 0, 0));
    assertThat(store().claim(10, LEASE)).isEmpty();
  }

  /** Callers and workers who do anything at any time. */
  private final class Workload {

    private final Map<UUID, Outcome> recorded = new ConcurrentHashMap<>();
    private final Queue<UUID> ids = new ConcurrentLinkedQueue<>();
    private final Queue<Lease> leases = new ConcurrentLinkedQueue<>();
    private final AtomicInteger answers = new AtomicInteger();

    void step(Random random) {
      switch (random.nextInt(12)) {
        case 0, 1, 2, 3 -> add(random);
        case 4, 5 -> claim(random);
        case 6, 7 -> complete(random);
        case 8 -> withLease(store()::release);
        case 9 -> withLease(lease -> store().renew(Set.of(lease), LEASE));
        case 10 -> cancelOrDelete(random);
        default -> keepHouse(random);
      }
      assertThat(store().newest(3)).hasSizeLessThanOrEqualTo(3);
    }

    private void add(Random random) {
      var key =
          random.nextInt(3) == 0
              ? new IdempotencyKey("key-" + random.nextInt(20), "body-" + random.nextInt(2))
              : null;
      String owner = random.nextInt(4) == 0 ? null : "owner-" + random.nextInt(3);
      Job job = job(owner, key);
      var limits = new Limits(200, 100);
      if (store().add(job, requestOf(random.nextInt(20_000)), limits) instanceof Admission.Added) {
        ids.add(job.id());
      }
    }

    private void claim(Random random) {
      for (ClaimedJob claimed : store().claim(1 + random.nextInt(5), LEASE)) {
        assertThat(claimed.job().status()).isEqualTo(JobStatus.PROCESSING);
        leases.add(claimed.lease());
      }
    }

    private void complete(Random random) {
      int number = answers.incrementAndGet();
      var outcome =
          new Outcome.Answered(
              new RecordedResponse(
                  200,
                  Headers.of("X-Number", Integer.toString(number)),
                  Bytes.wrap(new byte[random.nextInt(20_000)]),
                  false));
      withLease(
          lease -> {
            if (MemoryJobStoreTest.this.complete(lease, outcome)) {
              assertThat(recorded.put(lease.jobId(), outcome)).as("an earlier outcome").isNull();
            }
          });
    }

    /** Half of them are kept, so that workers come late and twice. */
    private void withLease(Consumer<Lease> action) {
      Lease lease = leases.poll();
      if (lease != null) {
        if (lease.token() % 2 == 0) {
          leases.add(lease);
        }
        action.accept(lease);
      }
    }

    private void cancelOrDelete(Random random) {
      UUID id = ids.poll();
      if (id == null) {
        return;
      }
      if (random.nextBoolean()) {
        ids.add(id);
        Optional<Job> job = store().finish(id, CANCELLED);
        assertThat(job.filter(Job::isDone)).isEqualTo(job);
      } else {
        store().delete(id);
        assertThat(store().find(id)).isEmpty();
      }
    }

    private void keepHouse(Random random) {
      clock().advance(Duration.ofSeconds(random.nextInt(60)));
      store().recoverLapsed(2, LOST);
      store().removeExpired();
    }

    void assertEveryOutcomeIsTheOneThatWasRecorded() {
      recorded.forEach(
          (id, outcome) ->
              store()
                  .find(id)
                  .ifPresent(
                      job ->
                          assertThat(job.outcome())
                              .satisfiesAnyOf(
                                  found -> assertThat(found).isEqualTo(outcome),
                                  found -> assertThat(found).matches(this::isTooLarge))));
    }

    private boolean isTooLarge(Outcome outcome) {
      return outcome instanceof Outcome.Unanswered unanswered
          && unanswered.failure() == Failure.RESPONSE_TOO_LARGE;
    }

    void deleteAll() {
      ids.forEach(store()::delete);
    }
  }

  private Job add(RecordedRequest request) {
    Job job = job();
    assertThat(store().add(job, request, AMPLE)).isInstanceOf(Admission.Added.class);
    return job;
  }

  private List<Job> add(RecordedRequest... requests) {
    return List.of(requests).stream().map(this::add).toList();
  }

  private Admission tryToAdd(RecordedRequest request) {
    return store().add(job(), request, AMPLE);
  }

  private static Admission storeFull() {
    return new Admission.Refused(Admission.Reason.STORE_FULL);
  }

  private Job completed(Outcome outcome) {
    Job job = add(requestOf(10));
    assertThat(complete(claimOne().lease(), outcome)).isTrue();
    return found(job);
  }

  /** A request that takes so many bytes, all in all. */
  private static RecordedRequest requestOf(int size) {
    RecordedRequest any = request();
    return new RecordedRequest(
        "POST",
        "",
        Headers.none(),
        Bytes.wrap(new byte[size]),
        any.caller(),
        any.origin(),
        List.of());
  }

  /** A result that takes so many bytes, all in all. */
  private static Outcome result(int size) {
    return new Outcome.Answered(
        new RecordedResponse(200, Headers.none(), Bytes.wrap(new byte[size]), false));
  }

  private static List<UUID> idsLeftIn(WaitingJobs jobs) {
    var left = new ArrayList<UUID>();
    for (UUID id = jobs.poll(); id != null; id = jobs.poll()) {
      left.add(id);
    }
    return left;
  }
}

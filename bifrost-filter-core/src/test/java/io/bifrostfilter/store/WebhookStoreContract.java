package io.bifrostfilter.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.MovableClock;
import io.bifrostfilter.delivery.Attempt;
import io.bifrostfilter.delivery.AttemptOutcome;
import io.bifrostfilter.delivery.ClaimedDelivery;
import io.bifrostfilter.delivery.Delivery;
import io.bifrostfilter.delivery.Endpoint;
import io.bifrostfilter.delivery.EndpointHealth;
import io.bifrostfilter.delivery.EndpointSettings;
import io.bifrostfilter.delivery.Event;
import io.bifrostfilter.job.Bytes;
import io.bifrostfilter.job.Caller;
import io.bifrostfilter.job.Failure;
import io.bifrostfilter.job.Headers;
import io.bifrostfilter.job.IdempotencyKey;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.JobStatus;
import io.bifrostfilter.job.Origin;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.job.RecordedRequest;
import io.bifrostfilter.job.RecordedResponse;
import io.bifrostfilter.store.WebhookStore.Redelivery;
import io.bifrostfilter.store.WebhookStore.Replacement;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.Condition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/**
 * What every {@link WebhookStore} must do, and the {@link JobStore} that it is a part of. Used like
 * {@link JobStoreContract}.
 *
 * <p>Time stands still unless a test moves it, so a store that asks any other clock fails.
 */
public abstract class WebhookStoreContract {

  /** How long a claim lasts. */
  protected static final Duration LEASE = Duration.ofSeconds(30);

  private static final Duration TTL = Duration.ofHours(1);
  private static final Duration TICK = Duration.ofMillis(1);
  private static final Limits AMPLE = new Limits(1_000_000, 1_000_000);
  private static final int THREADS = 4;

  /** To fail a test that would hang; nothing waits for that long. */
  private static final long PATIENCE_SECONDS = 30;

  private final MovableClock clock = new MovableClock(Instant.parse("2026-02-19T08:10:17.831Z"));
  private JobStore jobs;
  private WebhookStore webhooks;

  /**
   * A store without any job or endpoint, for one test; it is closed afterwards. Every test needs
   * one that shares nothing with any other.
   *
   * @param clock the only source of time for the store
   */
  protected abstract JobStore createStore(Clock clock) throws Exception;

  @BeforeEach
  final void openStore() throws Exception {
    jobs = createStore(clock);
    webhooks = jobs.webhooks().orElseThrow();
  }

  @AfterEach
  final void closeStore() {
    jobs.close();
  }

  // ---- endpoints

  @Test
  void anEndpointIsFoundAsItWasAdded() {
    var settings =
        EndpointSettings.builder("billing", URI.create("https://hooks.example/a?b=c%20d"))
            .events(Set.of(Event.FAILED))
            .headers(Headers.of("X-Team", "Größe €", "Authorization", "Bearer s3cret"))
            .includeResponse(true)
            .allowPrivateNetwork(true)
            .disabled(true)
            .maxRetries(0)
            .retryBackoffInitial(Duration.ofSeconds(1))
            .retryBackoffMax(Duration.ofSeconds(2))
            .attemptTimeout(Duration.ofSeconds(3))
            .maxResponsePayloadKbs(5)
            .maxConcurrentDeliveries(6)
            .build();
    Endpoint endpoint =
        Endpoint.create(UUID.randomUUID(), true, "whsec_c2VjcmV0", settings, clock.instant());

    assertThat(webhooks.add(endpoint)).isTrue();

    assertThat(webhooks.find(endpoint.id())).contains(endpoint);
    assertThat(webhooks.findByName("billing")).contains(endpoint);
    assertThat(webhooks.endpoints()).containsExactly(endpoint);
    assertThat(webhooks.find(UUID.randomUUID())).isEmpty();
    assertThat(webhooks.findByName("Billing")).isEmpty();
  }

  @Test
  void aNameIsGivenOnce() {
    Endpoint first = added("one");

    assertThat(webhooks.add(endpoint("one"))).isFalse();
    assertThat(webhooks.endpoints()).containsExactly(first);
  }

  @Test
  void endpointsComeInTheOrderOfTheirNames() {
    List.of("b", "d", "a", "c").forEach(this::added);

    assertThat(webhooks.endpoints()).extracting(Endpoint::name).containsExactly("a", "b", "c", "d");
  }

  @Test
  void anEndpointIsReplacedWholeAndKeepsItsHealth() {
    Endpoint before = added("one");
    attempt(queuedFor(before), AttemptOutcome.PERMANENT_FAILURE);
    EndpointHealth health = stored(before).health();
    clock.advance(TICK);
    Endpoint next =
        before.changed(
            true,
            "whsec_bmV3",
            EndpointSettings.builder("two", URI.create("https://other.example/")).build(),
            clock.instant());

    assertThat(webhooks.replace(next)).isEqualTo(Replacement.REPLACED);

    assertThat(webhooks.find(before.id())).contains(next.with(health));
    assertThat(webhooks.findByName("two")).contains(next.with(health));
    assertThat(webhooks.findByName("one")).isEmpty();
    assertThat(added("one").id()).isNotEqualTo(before.id());
  }

  @Test
  void anEndpointIsNotReplacedByWhatWasMadeOfAnOlderState() {
    Endpoint before = added("one");
    Endpoint next = changed(before, "two");
    webhooks.replace(next);

    assertThat(webhooks.replace(changed(before, "three"))).isEqualTo(Replacement.OUTDATED);
    assertThat(webhooks.find(before.id())).contains(next);
    assertThat(webhooks.replace(changed(endpoint("gone"), "there")))
        .isEqualTo(Replacement.OUTDATED);
    assertThat(webhooks.findByName("three")).isEmpty();
    assertThat(webhooks.findByName("there")).isEmpty();
  }

  @Test
  void anEndpointIsNotGivenTheNameOfAnother() {
    Endpoint one = added("one");
    Endpoint two = added("two");

    assertThat(webhooks.replace(changed(one, "two"))).isEqualTo(Replacement.NAME_TAKEN);
    assertThat(webhooks.endpoints()).containsExactly(one, two);
    assertThat(webhooks.replace(changed(one, "one"))).isEqualTo(Replacement.REPLACED);
  }

  @Test
  void aDeletedEndpointLeavesNothing() {
    Endpoint endpoint = added("one");
    Attempt attempt = attempt(queuedFor(endpoint), AttemptOutcome.DELIVERED);
    queuedFor(endpoint);
    ClaimedDelivery held = claimOne(endpoint);
    queuedFor(endpoint);

    assertThat(webhooks.delete(endpoint.id())).isTrue();

    assertThat(webhooks.delete(endpoint.id())).isFalse();
    assertThat(webhooks.find(endpoint.id())).isEmpty();
    assertThat(webhooks.findByName("one")).isEmpty();
    assertThat(webhooks.endpoints()).isEmpty();
    assertThat(webhooks.endpointsDue()).isEmpty();
    assertThat(webhooks.claim(endpoint.id(), 10, LEASE)).isEmpty();
    assertThat(record(held, AttemptOutcome.DELIVERED, null)).isFalse();
    assertThat(webhooks.release(held)).isFalse();
    assertThat(webhooks.discard(held)).isFalse();
    assertThat(webhooks.findAttempt(attempt.id())).isEmpty();
    assertThat(webhooks.attempts(endpoint.id(), 0, 10)).isEmpty();
    assertThat(webhooks.attemptCount(endpoint.id())).isZero();
    assertThat(webhooks.redeliver(attempt.id())).isEqualTo(Redelivery.UNKNOWN);
    assertThat(webhooks.add(endpoint("one"))).isTrue();
  }

  @RepeatedTest(5)
  void ofManyWhoWantANameOneGetsIt() throws Exception {
    assertThat(race(() -> webhooks.add(endpoint("one")))).containsOnlyOnce(true);
    assertThat(webhooks.endpoints()).hasSize(1);
  }

  @RepeatedTest(5)
  void ofManyReplacementsOfOneVersionOneIsDone() throws Exception {
    Endpoint before = added("one");

    assertThat(race(() -> webhooks.replace(changed(before, "one"))))
        .containsOnlyOnce(Replacement.REPLACED);
  }

  // ---- queueing

  @Test
  void aJobWithAWebhookIsFoundAsItWasAdded() {
    Job job = jobFor(UUID.randomUUID());

    jobs.add(job, request(), AMPLE);

    assertThat(jobs.find(job.id())).contains(job);
    assertThat(jobs.claim(1, LEASE).get(0).job()).isEqualTo(job.claimed());
  }

  @Test
  void aJobThatIsCompletedQueuesItsDelivery() {
    Endpoint endpoint = added("one");
    Job job = jobFor(endpoint.id());
    jobs.add(job, request(), AMPLE);
    ClaimedJob claimed = jobs.claim(1, LEASE).get(0);
    assertThat(webhooks.endpointsDue()).isEmpty();
    clock.advance(TICK);

    complete(claimed, answer(200));

    Job done = jobs.find(job.id()).orElseThrow();
    assertThat(webhooks.endpointsDue()).containsExactly(endpoint.id());
    ClaimedDelivery delivery = claimOne(endpoint);
    assertThat(delivery.delivery()).isEqualTo(Delivery.of(done));
    assertThat(delivery.delivery().event()).isEqualTo(Event.COMPLETED);
    assertThat(delivery.attemptNo()).isEqualTo(1);
  }

  @Test
  void aJobThatFailsQueuesItsDelivery() {
    Endpoint endpoint = added("one");
    jobs.add(jobFor(endpoint.id()), request(), AMPLE);

    complete(jobs.claim(1, LEASE).get(0), answer(503));

    Delivery delivery = claimOne(endpoint).delivery();
    assertThat(delivery.event()).isEqualTo(Event.FAILED);
    assertThat(delivery.status()).isEqualTo(JobStatus.FAILED);
    assertThat(delivery.statusCode()).isEqualTo(503);
  }

  @Test
  void aJobThatIsFinishedBeforeItRanQueuesItsDelivery() {
    Endpoint endpoint = added("one");
    Job job = jobFor(endpoint.id());
    jobs.add(job, request(), AMPLE);

    jobs.finish(job.id(), new Outcome.Unanswered(Failure.CANCELLED, "Cancelled."));
    jobs.finish(job.id(), new Outcome.Unanswered(Failure.CANCELLED, "Cancelled."));

    assertThat(webhooks.claim(endpoint.id(), 10, LEASE))
        .extracting(each -> each.delivery().statusCode())
        .containsExactly(499);
  }

  @Test
  void aJobWhoseWorkersAreLostQueuesItsDelivery() {
    Endpoint endpoint = added("one");
    jobs.add(jobFor(endpoint.id()), request(), AMPLE);
    jobs.claim(1, LEASE);
    clock.advance(LEASE.plus(TICK));
    var lost = new Outcome.Unanswered(Failure.WORKER_LOST, "Lost.");

    assertThat(jobs.recoverLapsed(2, lost).total()).isEqualTo(1);
    assertThat(webhooks.endpointsDue()).isEmpty();
    jobs.claim(1, LEASE);
    clock.advance(LEASE.plus(TICK));
    assertThat(jobs.recoverLapsed(2, lost).total()).isEqualTo(1);

    assertThat(claimOne(endpoint).delivery().statusCode()).isEqualTo(500);
  }

  @Test
  void anOutcomeThatIsNotRecordedQueuesNothing() {
    Endpoint endpoint = added("one");
    jobs.add(jobFor(endpoint.id()), request(), AMPLE);
    ClaimedJob first = jobs.claim(1, LEASE).get(0);
    jobs.release(first.lease());

    complete(first, answer(200));

    assertThat(webhooks.endpointsDue()).isEmpty();
  }

  @Test
  void aJobWithoutAWebhookQueuesNothing() {
    added("one");
    jobs.add(jobFor(null), request(), AMPLE);

    complete(jobs.claim(1, LEASE).get(0), answer(200));

    assertThat(webhooks.endpointsDue()).isEmpty();
  }

  @Test
  void aJobThatIsDeletedBeforeItIsDoneQueuesNothing() {
    Endpoint endpoint = added("one");
    Job job = jobFor(endpoint.id());
    jobs.add(job, request(), AMPLE);

    jobs.delete(job.id());

    assertThat(webhooks.endpointsDue()).isEmpty();
  }

  @Test
  void aDeliveryOutlivesItsJob() {
    Endpoint endpoint = added("one");
    Job expires = queuedFor(endpoint);
    Job deleted = queuedFor(endpoint);

    jobs.delete(deleted.id());
    clock.advance(TTL.plus(TICK));
    jobs.removeExpired();

    assertThat(jobs.find(expires.id())).isEmpty();
    assertThat(webhooks.claim(endpoint.id(), 10, LEASE))
        .extracting(each -> each.delivery().jobId())
        .containsExactlyInAnyOrder(expires.id(), deleted.id());
  }

  @Test
  void aDeliveryToAnEndpointThatIsGoneIsStillThereToBeDiscarded() {
    Endpoint endpoint = added("one");
    jobs.add(jobFor(endpoint.id()), request(), AMPLE);
    webhooks.delete(endpoint.id());
    complete(jobs.claim(1, LEASE).get(0), answer(200));

    assertThat(webhooks.endpointsDue()).containsExactly(endpoint.id());
    assertThat(webhooks.discard(claimOne(endpoint))).isTrue();
    assertThat(webhooks.endpointsDue()).isEmpty();
  }

  @RepeatedTest(5)
  void aJobThatManyFinishQueuesOneDelivery() throws Exception {
    Endpoint endpoint = added("one");
    Job job = jobFor(endpoint.id());
    jobs.add(job, request(), AMPLE);
    ClaimedJob claimed = jobs.claim(1, LEASE).get(0);

    race(
        () -> {
          complete(claimed, answer(200));
          return jobs.finish(job.id(), new Outcome.Unanswered(Failure.CANCELLED, "Cancelled."));
        });

    assertThat(webhooks.claim(endpoint.id(), 10, LEASE)).hasSize(1);
  }

  // ---- claims

  @Test
  void theLongestDueIsClaimedFirstAndNoMoreThanWasAskedFor() {
    Endpoint endpoint = added("one");
    var expected = new ArrayList<UUID>();
    for (int i = 0; i < 5; i++) {
      expected.add(queuedFor(endpoint).id());
      clock.advance(TICK);
    }

    var claimed = new ArrayList<ClaimedDelivery>();
    claimed.addAll(webhooks.claim(endpoint.id(), 2, LEASE));
    assertThat(claimed).hasSize(2);
    claimed.addAll(webhooks.claim(endpoint.id(), 10, LEASE));

    assertThat(claimed).extracting(each -> each.delivery().jobId()).isEqualTo(expected);
    assertThat(webhooks.claim(endpoint.id(), 10, LEASE)).isEmpty();
    assertThat(webhooks.endpointsDue()).isEmpty();
  }

  @Test
  void aClaimIsForOneEndpoint() {
    Endpoint one = added("one");
    Endpoint two = added("two");
    queuedFor(one);
    Job forTwo = queuedFor(two);

    assertThat(webhooks.endpointsDue()).containsExactlyInAnyOrder(one.id(), two.id());
    assertThat(webhooks.claim(two.id(), 10, LEASE))
        .extracting(each -> each.delivery().jobId())
        .containsExactly(forTwo.id());
    assertThat(webhooks.endpointsDue()).containsExactly(one.id());
  }

  @Test
  void aClaimWhoseLeaseHasLapsedIsAnothersWithTheSameAttempt() {
    Endpoint endpoint = added("one");
    queuedFor(endpoint);
    ClaimedDelivery lost = claimOne(endpoint);
    clock.advance(LEASE.minus(TICK));
    assertThat(webhooks.claim(endpoint.id(), 1, LEASE)).isEmpty();
    assertThat(webhooks.endpointsDue()).isEmpty();
    clock.advance(TICK);

    assertThat(webhooks.endpointsDue()).containsExactly(endpoint.id());
    ClaimedDelivery again = claimOne(endpoint);

    assertThat(again.delivery()).isEqualTo(lost.delivery());
    assertThat(again.attemptNo()).isEqualTo(1);
    assertThat(again.token()).isNotEqualTo(lost.token());
    assertThat(record(lost, AttemptOutcome.DELIVERED, null)).isFalse();
    assertThat(webhooks.release(lost)).isFalse();
    assertThat(webhooks.discard(lost)).isFalse();
    assertThat(webhooks.attemptCount(endpoint.id())).isZero();
    assertThat(stored(endpoint).health()).isEqualTo(EndpointHealth.NEW);
    assertThat(record(again, AttemptOutcome.DELIVERED, null)).isTrue();
  }

  @Test
  void aDeliveryThatIsGivenBackIsDueAtOnceWithTheSameAttempt() {
    Endpoint endpoint = added("one");
    queuedFor(endpoint);
    ClaimedDelivery first = claimOne(endpoint);

    assertThat(webhooks.release(first)).isTrue();

    assertThat(webhooks.release(first)).isFalse();
    assertThat(webhooks.endpointsDue()).containsExactly(endpoint.id());
    assertThat(claimOne(endpoint).attemptNo()).isEqualTo(1);
  }

  @Test
  void aDiscardedDeliveryLeavesNothing() {
    Endpoint endpoint = added("one");
    queuedFor(endpoint);

    assertThat(webhooks.discard(claimOne(endpoint))).isTrue();

    clock.advance(LEASE.multipliedBy(2));
    assertThat(webhooks.endpointsDue()).isEmpty();
    assertThat(webhooks.attemptCount(endpoint.id())).isZero();
    assertThat(stored(endpoint).health()).isEqualTo(EndpointHealth.NEW);
  }

  @RepeatedTest(5)
  void noDeliveryIsClaimedTwice() throws Exception {
    Endpoint endpoint = added("one");
    var expected = new HashSet<UUID>();
    for (int i = 0; i < 40; i++) {
      expected.add(queuedFor(endpoint).id());
    }

    List<List<UUID>> claimed =
        race(
            () -> {
              var mine = new ArrayList<UUID>();
              List<ClaimedDelivery> some = webhooks.claim(endpoint.id(), 3, LEASE);
              while (!some.isEmpty()) {
                some.forEach(each -> mine.add(each.delivery().jobId()));
                some = webhooks.claim(endpoint.id(), 3, LEASE);
              }
              return mine;
            });

    assertThat(claimed.stream().flatMap(List::stream))
        .containsExactlyInAnyOrderElementsOf(expected);
  }

  // ---- attempts

  @Test
  void aDeliveryThatIsToBeTriedAgainIsDueThenWithTheNextAttempt() {
    Endpoint endpoint = added("one");
    queuedFor(endpoint);
    ClaimedDelivery first = claimOne(endpoint);
    Instant next = clock.instant().plusSeconds(45);

    assertThat(record(first, AttemptOutcome.RETRYABLE_FAILURE, next)).isTrue();

    assertThat(record(first, AttemptOutcome.RETRYABLE_FAILURE, next)).isFalse();
    clock.advance(Duration.ofSeconds(45).minus(TICK));
    assertThat(webhooks.endpointsDue()).isEmpty();
    assertThat(webhooks.claim(endpoint.id(), 1, LEASE)).isEmpty();
    clock.advance(TICK);
    assertThat(webhooks.endpointsDue()).containsExactly(endpoint.id());
    ClaimedDelivery second = claimOne(endpoint);
    assertThat(second.attemptNo()).isEqualTo(2);
    assertThat(second.delivery()).isEqualTo(first.delivery());
    assertThat(stored(endpoint).health()).isEqualTo(EndpointHealth.NEW);
  }

  @Test
  void aDeliveryThatIsOverIsNotDueAnyMore() {
    Endpoint endpoint = added("one");
    for (AttemptOutcome outcome : AttemptOutcome.values()) {
      if (outcome.isLast()) {
        attempt(queuedFor(endpoint), outcome);
      }
    }

    clock.advance(LEASE.multipliedBy(2));

    assertThat(webhooks.endpointsDue()).isEmpty();
    assertThat(webhooks.claim(endpoint.id(), 10, LEASE)).isEmpty();
  }

  @Test
  void theHealthOfAnEndpointTellsHowItsDeliveriesEnded() {
    Endpoint endpoint = added("one");
    Instant start = clock.instant();

    attempt(queuedFor(endpoint), AttemptOutcome.EXHAUSTED);
    clock.advance(TICK);
    attempt(queuedFor(endpoint), AttemptOutcome.PERMANENT_FAILURE);
    assertThat(stored(endpoint).health()).isEqualTo(new EndpointHealth(2, null, start.plus(TICK)));

    clock.advance(TICK);
    attempt(queuedFor(endpoint), AttemptOutcome.DELIVERED);
    assertThat(stored(endpoint).health())
        .isEqualTo(new EndpointHealth(0, start.plus(TICK.multipliedBy(2)), start.plus(TICK)));
    assertThat(webhooks.endpoints().get(0).health()).isEqualTo(stored(endpoint).health());
    assertThat(webhooks.findByName("one").orElseThrow().health())
        .isEqualTo(stored(endpoint).health());
  }

  @RepeatedTest(5)
  void failuresAtTheSameTimeAreAllCounted() throws Exception {
    Endpoint endpoint = added("one");
    for (int i = 0; i < THREADS; i++) {
      queuedFor(endpoint);
    }

    race(() -> record(claimOne(endpoint), AttemptOutcome.EXHAUSTED, null));

    assertThat(stored(endpoint).health().consecutiveFailures()).isEqualTo(THREADS);
    assertThat(webhooks.attemptCount(endpoint.id())).isEqualTo(THREADS);
  }

  @RepeatedTest(5)
  void ofManyWhoRecordAnAttemptOfOneClaimOneDoes() throws Exception {
    Endpoint endpoint = added("one");
    queuedFor(endpoint);
    ClaimedDelivery claimed = claimOne(endpoint);

    List<Boolean> recorded = race(() -> record(claimed, AttemptOutcome.DELIVERED, null));

    assertThat(recorded).containsOnlyOnce(true);
    assertThat(webhooks.attemptCount(endpoint.id())).isEqualTo(1);
  }

  @RepeatedTest(5)
  void whatIsRecordedAtTheSameTimeIsRecordedEachForItself() throws Exception {
    List<Endpoint> endpoints = List.of(added("one"), added("other"));
    Instant next = clock.instant().plusSeconds(45);
    var over = new ConcurrentLinkedQueue<ClaimedDelivery>();
    var again = new ConcurrentLinkedQueue<ClaimedDelivery>();
    var lost = new ConcurrentLinkedQueue<ClaimedDelivery>();
    for (int i = 0; i < THREADS; i++) {
      for (Endpoint endpoint : endpoints) {
        for (var each : List.of(over, again, lost)) {
          queuedFor(endpoint);
          each.add(claimOne(endpoint));
        }
      }
    }
    lost.forEach(each -> assertThat(webhooks.release(each)).isTrue());

    race(
        () -> {
          for (int i = 0; i < endpoints.size(); i++) {
            assertThat(record(over.remove(), AttemptOutcome.EXHAUSTED, null)).isTrue();
            assertThat(record(again.remove(), AttemptOutcome.RETRYABLE_FAILURE, next)).isTrue();
            assertThat(record(lost.remove(), AttemptOutcome.DELIVERED, null)).isFalse();
          }
          return true;
        });

    for (Endpoint endpoint : endpoints) {
      assertThat(webhooks.attemptCount(endpoint.id())).isEqualTo(2 * THREADS);
      assertThat(stored(endpoint).health())
          .isEqualTo(new EndpointHealth(THREADS, null, clock.instant()));
      assertThat(webhooks.claim(endpoint.id(), 100, LEASE))
          .hasSize(THREADS)
          .allMatch(each -> each.attemptNo() == 1);
    }
    clock.advance(Duration.between(clock.instant(), next));
    for (Endpoint endpoint : endpoints) {
      assertThat(webhooks.claim(endpoint.id(), 100, LEASE).stream().map(each -> each.attemptNo()))
          .hasSize(2 * THREADS)
          .areExactly(THREADS, new Condition<>(no -> no == 2, "the second attempt"));
    }
  }

  @Test
  void attemptsAreKeptAsTheyWereRecordedNewestFirst() {
    Endpoint endpoint = added("one");
    Endpoint other = added("other");
    attempt(queuedFor(other), AttemptOutcome.DELIVERED);
    var recorded = new ArrayList<Attempt>();
    for (int i = 0; i < 5; i++) {
      queuedFor(endpoint);
      ClaimedDelivery claimed = claimOne(endpoint);
      clock.advance(TICK);
      Attempt attempt =
          i % 2 == 0
              ? Attempt.of(claimed, AttemptOutcome.DELIVERED, 204, null, clock.instant())
              : Attempt.of(
                  claimed, AttemptOutcome.EXHAUSTED, null, "no connection €", clock.instant());
      assertThat(webhooks.record(claimed, attempt, null)).isTrue();
      recorded.add(0, attempt);
    }

    assertThat(webhooks.attempts(endpoint.id(), 0, 10)).isEqualTo(recorded);
    assertThat(webhooks.attempts(endpoint.id(), 1, 2)).isEqualTo(recorded.subList(1, 3));
    assertThat(webhooks.attempts(endpoint.id(), 5, 2)).isEmpty();
    assertThat(webhooks.attemptCount(endpoint.id())).isEqualTo(5);
    assertThat(webhooks.findAttempt(recorded.get(2).id())).contains(recorded.get(2));
    assertThat(webhooks.findAttempt(UUID.randomUUID())).isEmpty();
  }

  // ---- redelivery

  @Test
  void aDeliveryThatIsOverCanBeQueuedAgainWithItsAttemptsCountedAnew() {
    Endpoint endpoint = added("one");
    Job job = queuedFor(endpoint);
    record(claimOne(endpoint), AttemptOutcome.RETRYABLE_FAILURE, clock.instant());
    Attempt last = attempt(job, AttemptOutcome.EXHAUSTED);
    assertThat(last.attemptNo()).isEqualTo(2);

    assertThat(webhooks.redeliver(last.id())).isEqualTo(Redelivery.QUEUED);

    assertThat(webhooks.endpointsDue()).containsExactly(endpoint.id());
    ClaimedDelivery again = claimOne(endpoint);
    assertThat(again.attemptNo()).isEqualTo(1);
    assertThat(again.webhookId()).isEqualTo(last.webhookId());
    assertThat(record(again, AttemptOutcome.DELIVERED, null)).isTrue();
    assertThat(stored(endpoint).health().consecutiveFailures()).isZero();
    assertThat(webhooks.attempts(endpoint.id(), 0, 10)).hasSize(3);
    assertThat(webhooks.redeliver(last.id())).isEqualTo(Redelivery.QUEUED);
  }

  @Test
  void aDeliveryThatIsNotOverCannotBeQueuedAgain() {
    Endpoint endpoint = added("one");
    queuedFor(endpoint);
    record(
        claimOne(endpoint),
        AttemptOutcome.RETRYABLE_FAILURE,
        clock.instant().plus(Duration.ofMinutes(1)));
    UUID attempt = webhooks.attempts(endpoint.id(), 0, 1).get(0).id();

    assertThat(webhooks.redeliver(attempt)).isEqualTo(Redelivery.IN_FLIGHT);
    clock.advance(Duration.ofMinutes(1));
    claimOne(endpoint);
    assertThat(webhooks.redeliver(attempt)).isEqualTo(Redelivery.IN_FLIGHT);
    assertThat(webhooks.redeliver(UUID.randomUUID())).isEqualTo(Redelivery.UNKNOWN);
  }

  @RepeatedTest(5)
  void ofManyWhoQueueADeliveryAgainOneDoes() throws Exception {
    Endpoint endpoint = added("one");
    Attempt attempt = attempt(queuedFor(endpoint), AttemptOutcome.EXHAUSTED);

    assertThat(race(() -> webhooks.redeliver(attempt.id()))).containsOnlyOnce(Redelivery.QUEUED);
    assertThat(webhooks.claim(endpoint.id(), 10, LEASE)).hasSize(1);
  }

  // ---- retention

  @Test
  void attemptsAreRemovedByTheirAgeAndDeliveriesWithTheirLast() {
    Endpoint endpoint = added("one");
    Attempt old = attempt(queuedFor(endpoint), AttemptOutcome.EXHAUSTED);
    Job retried = queuedFor(endpoint);
    record(claimOne(endpoint), AttemptOutcome.RETRYABLE_FAILURE, clock.instant());
    clock.advance(TICK);
    Instant boundary = clock.instant();
    Attempt recent = attempt(retried, AttemptOutcome.EXHAUSTED);

    webhooks.removeAttemptsBefore(boundary);

    assertThat(webhooks.attempts(endpoint.id(), 0, 10)).containsExactly(recent);
    assertThat(webhooks.attemptCount(endpoint.id())).isEqualTo(1);
    assertThat(webhooks.findAttempt(old.id())).isEmpty();
    assertThat(webhooks.redeliver(old.id())).isEqualTo(Redelivery.UNKNOWN);
    assertThat(webhooks.redeliver(recent.id())).isEqualTo(Redelivery.QUEUED);
  }

  @Test
  void aDeliveryThatIsNotOverOutlivesItsHistory() {
    Endpoint endpoint = added("one");
    Job job = queuedFor(endpoint);
    record(claimOne(endpoint), AttemptOutcome.RETRYABLE_FAILURE, clock.instant());
    clock.advance(TICK);

    webhooks.removeAttemptsBefore(clock.instant());

    assertThat(webhooks.attemptCount(endpoint.id())).isZero();
    ClaimedDelivery claimed = claimOne(endpoint);
    assertThat(claimed.delivery().jobId()).isEqualTo(job.id());
    assertThat(claimed.attemptNo()).isEqualTo(2);
    webhooks.removeAttemptsBefore(clock.instant().plus(TICK));
    assertThat(record(claimed, AttemptOutcome.DELIVERED, null)).isTrue();
    assertThat(webhooks.attemptCount(endpoint.id())).isEqualTo(1);
  }

  // ---- being told

  @Test
  void aListenerIsToldOfWhatIsQueuedUntilItIsClosed() throws Exception {
    Endpoint endpoint = added("one");
    var told = new Semaphore(0);
    var toldToTheOther = new Semaphore(0);
    JobStore.Subscription subscription = webhooks.subscribe(told::release);
    try (var other = webhooks.subscribe(toldToTheOther::release)) {
      Attempt attempt = attempt(queuedFor(endpoint), AttemptOutcome.DELIVERED);
      assertThat(isTold(told)).isTrue();
      webhooks.redeliver(attempt.id());
      assertThat(isTold(told)).isTrue();
      subscription.close();
      told.drainPermits();
      toldToTheOther.drainPermits();
      queuedFor(endpoint);

      assertThat(isTold(toldToTheOther)).isTrue();
      assertThat(told.availablePermits()).isZero();
    }
  }

  /** Once or more often; a listener may be told twice of one thing. */
  private static boolean isTold(Semaphore told) throws InterruptedException {
    boolean once = told.tryAcquire(20, TimeUnit.SECONDS);
    told.drainPermits();
    return once;
  }

  // ---- what the tests are made of

  private Endpoint endpoint(String name) {
    return Endpoint.create(
        UUID.randomUUID(),
        false,
        "whsec_c2VjcmV0",
        EndpointSettings.builder(name, URI.create("https://hooks.example/" + name)).build(),
        clock.instant());
  }

  private Endpoint added(String name) {
    Endpoint endpoint = endpoint(name);
    assertThat(webhooks.add(endpoint)).isTrue();
    return endpoint;
  }

  private Endpoint changed(Endpoint before, String name) {
    return before.changed(false, before.secret(), endpoint(name).settings(), clock.instant());
  }

  private Endpoint stored(Endpoint endpoint) {
    return webhooks.find(endpoint.id()).orElseThrow();
  }

  private Job jobFor(@Nullable UUID endpoint) {
    return Job.pending(
            UUID.randomUUID(),
            "request-1",
            "chat/completions",
            "openai/gpt-4o",
            "owner-1",
            new IdempotencyKey(UUID.randomUUID().toString(), "fingerprint"),
            TTL,
            clock.instant())
        .telling(endpoint);
  }

  /** A job that was done just now, and of which the endpoint is to be told. */
  private Job queuedFor(Endpoint endpoint) {
    Job job = jobFor(endpoint.id());
    jobs.add(job, request(), AMPLE);
    complete(jobs.claim(1, LEASE).get(0), answer(200));
    return jobs.find(job.id()).orElseThrow();
  }

  private ClaimedDelivery claimOne(Endpoint endpoint) {
    List<ClaimedDelivery> claimed = webhooks.claim(endpoint.id(), 1, LEASE);
    assertThat(claimed).hasSize(1);
    return claimed.get(0);
  }

  /** Makes the delivery of a job, which is the only one that is due, end like that. */
  private Attempt attempt(Job job, AttemptOutcome outcome) {
    UUID endpointId = Delivery.of(job).endpointId();
    ClaimedDelivery claimed = webhooks.claim(endpointId, 1, LEASE).get(0);
    assertThat(claimed.delivery().jobId()).isEqualTo(job.id());
    Attempt attempt = Attempt.of(claimed, outcome, 500, null, clock.instant());
    assertThat(webhooks.record(claimed, attempt, null)).isTrue();
    return attempt;
  }

  private boolean record(
      ClaimedDelivery claimed, AttemptOutcome outcome, @Nullable Instant nextAt) {
    return webhooks.record(
        claimed, Attempt.of(claimed, outcome, 500, null, clock.instant()), nextAt);
  }

  private boolean complete(ClaimedJob claimed, Outcome outcome) {
    try {
      return jobs.complete(claimed.lease(), outcome)
          .toCompletableFuture()
          .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static Outcome answer(int status) {
    return new Outcome.Answered(new RecordedResponse(status, Headers.none(), Bytes.of("{}"), true));
  }

  private static RecordedRequest request() {
    return new RecordedRequest(
        "POST",
        "/v1/chat/completions",
        Headers.none(),
        Bytes.of("{}"),
        new Caller("127.0.0.1", "localhost", 1),
        new Origin("node-1", false, "127.0.0.1", 8080),
        List.of());
  }

  private static <T> List<T> race(Callable<T> racer) throws Exception {
    var start = new CyclicBarrier(THREADS);
    var threads = Executors.newFixedThreadPool(THREADS);
    try {
      var finishes = new ArrayList<Future<T>>();
      for (int i = 0; i < THREADS; i++) {
        finishes.add(
            threads.submit(
                () -> {
                  start.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
                  return racer.call();
                }));
      }
      var results = new ArrayList<T>();
      for (Future<T> finish : finishes) {
        results.add(finish.get(PATIENCE_SECONDS, TimeUnit.SECONDS));
      }
      return results;
    } finally {
      threads.shutdownNow();
    }
  }
}

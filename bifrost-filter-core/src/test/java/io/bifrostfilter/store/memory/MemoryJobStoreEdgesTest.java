package io.bifrostfilter.store.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.MovableClock;
import io.bifrostfilter.job.Bytes;
import io.bifrostfilter.job.Caller;
import io.bifrostfilter.job.Failure;
import io.bifrostfilter.job.Headers;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.Lease;
import io.bifrostfilter.job.Origin;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.job.RecordedRequest;
import io.bifrostfilter.job.RecordedResponse;
import io.bifrostfilter.store.Admission;
import io.bifrostfilter.store.JobListener;
import io.bifrostfilter.store.Limits;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Orders of events that are rare, and values that are extreme. */
class MemoryJobStoreEdgesTest {

  private static final Limits AMPLE = new Limits(1_000_000, 1_000_000);
  private static final Duration LEASE = Duration.ofSeconds(30);
  private static final Outcome CANCELLED = new Outcome.Unanswered(Failure.CANCELLED, "cancelled");

  private final MovableClock clock = new MovableClock(Instant.parse("2026-02-19T08:10:17.831Z"));
  private final MemoryJobStore store = new MemoryJobStore(clock, 1_000_000);

  /** Asks to be told whenever somebody reads the clock, which the cache does within a release. */
  private static final class HookedClock extends java.time.Clock {

    private Runnable hook = () -> {};
    private boolean inHook;
    private Instant now = Instant.parse("2026-02-19T08:10:17.831Z");

    @Override
    public Instant instant() {
      if (!inHook) {
        inHook = true;
        hook.run();
        inHook = false;
      }
      return now;
    }

    @Override
    public java.time.ZoneId getZone() {
      return java.time.ZoneOffset.UTC;
    }

    @Override
    public java.time.Clock withZone(java.time.ZoneId zone) {
      throw new UnsupportedOperationException();
    }
  }

  @Test
  void aJobThatIsCancelledWhileItIsReleasedLeavesNothingInItsCallersCount() {
    var hooked = new HookedClock();
    var store = new MemoryJobStore(hooked, 1_000_000);
    var limits = new Limits(10, 1);
    Job job = job(Duration.ofHours(1));
    store.add(job, request(), limits);
    Lease lease = store.claim(1, LEASE).get(0).lease();
    // Or the cache takes the next write for a read.
    hooked.now = hooked.now.plusSeconds(2);
    // As another thread would, just after the entry is pending again and before it is in line.
    hooked.hook =
        () ->
            store
                .find(job.id())
                .filter(found -> found.status() == io.bifrostfilter.job.JobStatus.PENDING)
                .ifPresent(found -> store.finish(job.id(), CANCELLED));
    store.release(lease);
    hooked.hook = () -> {};

    assertThat(store.find(job.id()).orElseThrow().result()).contains(CANCELLED);
    assertThat(store.counts().waiting()).isZero();
    assertThat(store.add(job(Duration.ofHours(1)), request(), limits))
        .isInstanceOf(Admission.Added.class);
  }

  @Test
  void theSameWithoutThreads() {
    // The order of steps that the race comes to: the entry is PENDING again, a cancel gets in, and
    // only then is the job put back in line.
    var waiting = new WaitingJobs();
    var limits = new Limits(10, 1);
    waiting.reserve("owner", limits);
    UUID id = UUID.randomUUID();
    waiting.enqueue(id);
    waiting.poll();
    waiting.release("owner");

    waiting.leave("owner", any -> false);
    waiting.enqueueAgain(id, "owner");

    assertThat(waiting.count()).isZero();
    assertThat(waiting.reserve("owner", limits)).isEmpty();
  }

  @Test
  void aReleasedJobIsStillTheOldest() {
    Job first = added();
    clock.advance(Duration.ofMillis(1));
    added();
    store.release(store.claim(1, LEASE).get(0).lease());

    assertThat(store.claim(1, LEASE).get(0).job().id()).isEqualTo(first.id());
  }

  @Test
  void aRecoveredJobIsStillTheOldest() {
    Job first = added();
    store.claim(1, LEASE);
    clock.advance(LEASE.plusMillis(1));
    added();
    store.recoverLapsed(3, CANCELLED);

    assertThat(store.claim(1, LEASE).get(0).job().id()).isEqualTo(first.id());
  }

  @Test
  void aJobMayBeKeptForAVeryLongTime() {
    Job job = job(Duration.ofDays(365L * 300));
    store.add(job, request(), AMPLE);
    var answer =
        new Outcome.Answered(new RecordedResponse(200, Headers.none(), Bytes.of("{}"), true));

    assertThat(store.complete(store.claim(1, LEASE).get(0).lease(), answer))
        .isCompletedWithValue(true);
    assertThat(store.find(job.id()).orElseThrow().result()).contains(answer);
  }

  @Test
  void closingASubscriptionTwiceLeavesAnotherOfTheSameListenerAlone() {
    var told = new ArrayList<UUID>();
    JobListener listener = (id, change) -> told.add(id);
    var one = store.subscribe(listener);
    store.subscribe(listener);
    one.close();
    one.close();

    Job job = added();

    assertThat(told).contains(job.id());
  }

  private Job added() {
    Job job = job(Duration.ofHours(1));
    store.add(job, request(), AMPLE);
    return job;
  }

  private Job job(Duration ttl) {
    return Job.pending(
        UUID.randomUUID(), "r", "chat/completions", null, "owner", null, ttl, clock.instant());
  }

  private static RecordedRequest request() {
    return new RecordedRequest(
        "POST",
        "/v1/chat/completions",
        Headers.none(),
        Bytes.of("{}"),
        new Caller("192.0.2.1", "192.0.2.1", 50_000),
        new Origin("node", false, "127.0.0.1", 8080),
        java.util.List.of());
  }
}

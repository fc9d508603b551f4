package io.bifrostfilter.webhook;

import io.bifrostfilter.delivery.Delivery;
import io.bifrostfilter.delivery.Endpoint;
import io.bifrostfilter.delivery.Event;
import io.bifrostfilter.job.JobStatus;
import io.bifrostfilter.job.RequestType;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/** Tells a receiver of a job that never was, so that both ends can be tried. For many threads. */
final class TestFire {

  private final Caller caller;
  private final Notice notice;
  private final Clock clock;

  TestFire(Caller caller, Notice notice, Clock clock) {
    this.caller = caller;
    this.notice = notice;
    this.clock = clock;
  }

  CompletionStage<TestResult> at(Endpoint endpoint, Event event) {
    UUID jobId = UUID.randomUUID();
    Instant now = clock.instant();
    boolean failed = event == Event.FAILED;
    var delivery =
        new Delivery(
            Delivery.webhookIdOf(jobId),
            endpoint.id(),
            jobId,
            "webhook-test",
            RequestType.CHAT_COMPLETION.route(),
            failed ? JobStatus.FAILED : JobStatus.COMPLETED,
            failed ? 500 : 200,
            now,
            now);
    // There is no result, as if it had expired.
    return caller
        .call(
            endpoint,
            delivery,
            1,
            () -> notice.write(delivery, Optional.empty(), endpoint.settings()))
        .thenApply(TestResult::of);
  }
}

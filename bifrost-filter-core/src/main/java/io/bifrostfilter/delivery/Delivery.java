package io.bifrostfilter.delivery;

import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.JobStatus;
import io.bifrostfilter.job.Outcome;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;

/**
 * What an endpoint is to be told of a job that is done. It stands for itself, since the job may
 * have expired by the time it is told.
 *
 * @param webhookId the same for every attempt; there is one per job
 * @param route as in {@link Job}
 * @param status completed or failed
 * @param statusCode of the job's outcome
 * @param completedAt when the job was done, which is when there was something to tell
 * @param resultExpiresAt when the job is gone
 */
public record Delivery(
    String webhookId,
    UUID endpointId,
    UUID jobId,
    String requestId,
    String route,
    JobStatus status,
    int statusCode,
    Instant completedAt,
    Instant resultExpiresAt) {

  /**
   * What there is to tell of a job that is done and has a webhook.
   *
   * @throws NullPointerException if it is not, or has none
   */
  public static Delivery of(Job done) {
    Outcome outcome = Objects.requireNonNull(done.outcome(), "not done");
    return new Delivery(
        webhookIdOf(done.id()),
        Objects.requireNonNull(done.webhook(), "no webhook"),
        done.id(),
        done.requestId(),
        done.route(),
        done.status(),
        outcome.statusCode(),
        done.whenCompleted(),
        done.whenExpires());
  }

  /** The webhook id of what there is to tell of that job. */
  public static String webhookIdOf(UUID jobId) {
    return "evt_" + jobId;
  }

  public Event event() {
    return Event.of(status);
  }
}

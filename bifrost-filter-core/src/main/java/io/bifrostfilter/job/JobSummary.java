package io.bifrostfilter.job;

import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What an operator may see of a job: neither whose it is, nor what was asked and answered.
 *
 * @param route as in {@link Job}
 * @param model that was asked for, as written; null if none was
 * @param attempts how often a worker has claimed it
 * @param statusCode of the outcome; null until the job is done
 */
public record JobSummary(
    UUID id,
    String route,
    @Nullable String model,
    JobStatus status,
    Instant createdAt,
    int attempts,
    @Nullable Integer statusCode) {

  public static JobSummary of(Job job) {
    return new JobSummary(
        job.id(),
        job.route(),
        job.model(),
        job.status(),
        job.createdAt(),
        job.attempts(),
        job.result().map(Outcome::statusCode).orElse(null));
  }
}

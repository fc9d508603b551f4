package io.bifrostfilter.spring.observability;

import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.observation.JobObserver;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Optional;

/** Counts and times what happens to jobs on this node. For many threads. */
final class JobMeters implements JobObserver {

  private static final String PREFIX = "bifrost.async.jobs.";
  private static final String REASON = "reason";

  private final MeterRegistry registry;
  private final RouteTags routes;

  JobMeters(MeterRegistry registry, RouteTags routes) {
    this.registry = registry;
    this.routes = routes;
  }

  @Override
  public void submitted(Job job) {
    Counter.builder(PREFIX + "submitted")
        .description("Jobs that were accepted")
        .tag(RouteTags.KEY, routes.of(job.route()))
        .register(registry)
        .increment();
  }

  @Override
  public void refused(String route, String reason) {
    Counter.builder(PREFIX + "refused")
        .description("Submits that made no job")
        .tag(RouteTags.KEY, routes.of(route))
        .tag(REASON, reason)
        .register(registry)
        .increment();
  }

  @Override
  public void started(Job job, Duration waited) {
    Timer.builder(PREFIX + "waited")
        .description("From the submit of a job until it runs")
        .tag(RouteTags.KEY, routes.of(job.route()))
        .register(registry)
        .record(waited);
  }

  @Override
  public void finished(Job job, Outcome outcome, Optional<Duration> ran) {
    String route = routes.of(job.route());
    if (outcome.isSuccess()) {
      Counter.builder(PREFIX + "completed")
          .description("Jobs whose handler succeeded")
          .tag(RouteTags.KEY, route)
          .register(registry)
          .increment();
    } else {
      Counter.builder(PREFIX + "failed")
          .description("Jobs whose handler failed or did not answer")
          .tag(RouteTags.KEY, route)
          .tag(REASON, reason(outcome))
          .register(registry)
          .increment();
    }
    ran.ifPresent(
        duration ->
            Timer.builder(PREFIX + "ran")
                .description("From the start of a job to its outcome, fallbacks included")
                .tag(RouteTags.KEY, route)
                .register(registry)
                .record(duration));
  }

  /** The error code of the contract, or what kind of status the handler gave. */
  private static String reason(Outcome outcome) {
    return outcome instanceof Outcome.Unanswered unanswered
        ? unanswered.failure().wireName()
        : "status_" + outcome.statusCode() / 100 + "xx";
  }
}

package io.bifrostfilter.spring.observability;

import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.observation.JobObserver;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * Counts and times what happens to jobs on this node. For many threads.
 *
 * <p>Tags have few values: a route that is not configured is {@value #OTHER}, since clients can
 * make up any number of paths.
 */
final class JobMeters implements JobObserver {

  static final String OTHER = "other";

  private static final String PREFIX = "bifrost.async.jobs.";
  private static final String ROUTE = "route";
  private static final String REASON = "reason";

  private final MeterRegistry registry;
  private final Set<String> routes;

  /**
   * @param routes that are told apart
   */
  JobMeters(MeterRegistry registry, Set<String> routes) {
    this.registry = registry;
    this.routes = Set.copyOf(routes);
  }

  @Override
  public void submitted(Job job) {
    Counter.builder(PREFIX + "submitted")
        .description("Jobs that were accepted")
        .tag(ROUTE, tag(job.route()))
        .register(registry)
        .increment();
  }

  @Override
  public void refused(String route, String reason) {
    Counter.builder(PREFIX + "refused")
        .description("Submits that made no job")
        .tag(ROUTE, tag(route))
        .tag(REASON, reason)
        .register(registry)
        .increment();
  }

  @Override
  public void started(Job job, Duration waited) {
    Timer.builder(PREFIX + "waited")
        .description("From the submit of a job until it runs")
        .tag(ROUTE, tag(job.route()))
        .register(registry)
        .record(waited);
  }

  @Override
  public void finished(Job job, Outcome outcome, Optional<Duration> ran) {
    String route = tag(job.route());
    if (outcome.isSuccess()) {
      Counter.builder(PREFIX + "completed")
          .description("Jobs whose handler succeeded")
          .tag(ROUTE, route)
          .register(registry)
          .increment();
    } else {
      Counter.builder(PREFIX + "failed")
          .description("Jobs whose handler failed or did not answer")
          .tag(ROUTE, route)
          .tag(REASON, reason(outcome))
          .register(registry)
          .increment();
    }
    ran.ifPresent(
        duration ->
            Timer.builder(PREFIX + "ran")
                .description("From the start of a job to its outcome, fallbacks included")
                .tag(ROUTE, route)
                .register(registry)
                .record(duration));
  }

  private String tag(String route) {
    return routes.contains(route) ? route : OTHER;
  }

  /** The error code of the contract, or what kind of status the handler gave. */
  private static String reason(Outcome outcome) {
    return outcome instanceof Outcome.Unanswered unanswered
        ? unanswered.failure().wireName()
        : "status_" + outcome.statusCode() / 100 + "xx";
  }
}

package io.bifrostfilter.spring.observability;

import io.bifrostfilter.job.Headers;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.observation.JobObserver;
import io.micrometer.observation.Observation;
import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.transport.Kind;
import io.micrometer.observation.transport.SenderContext;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Has the span of a playback continue the trace of its submit: whatever the application's tracing
 * would send with a message is recorded with the job's request, in place of what the caller had
 * sent. Where there is no tracing, the caller's own goes on. For many threads.
 */
final class JobTracing implements JobObserver {

  /** Of the observation, and of the timer that Spring Boot makes of every observation. */
  static final String NAME = "bifrost.async.submit";

  /** W3C Trace Context and B3: of these, two that disagree must never meet. */
  private static final Set<String> TRACE_CONTEXT =
      Set.of(
          "traceparent",
          "tracestate",
          "b3",
          "x-b3-traceid",
          "x-b3-spanid",
          "x-b3-parentspanid",
          "x-b3-sampled",
          "x-b3-flags");

  private final ObservationRegistry registry;
  private final RouteTags routes;

  JobTracing(ObservationRegistry registry, RouteTags routes) {
    this.registry = registry;
    this.routes = routes;
  }

  @Override
  public Headers submitting(Job job, Headers headers) {
    Map<String, String> sent = new LinkedHashMap<>();
    var context =
        new SenderContext<Map<String, String>>(
            (carrier, name, value) -> carrier.put(name.toLowerCase(Locale.ROOT), value),
            Kind.PRODUCER);
    context.setCarrier(sent);
    // What is sent is known from its start on; the playback is an observation of its own.
    Observation.createNotStarted(NAME, () -> context, registry)
        .contextualName("async job submit")
        .lowCardinalityKeyValue(RouteTags.KEY, routes.of(job.route()))
        .highCardinalityKeyValue("job.id", job.id().toString())
        .start()
        .stop();
    return sent.isEmpty() ? headers : replaced(headers, sent);
  }

  private static Headers replaced(Headers headers, Map<String, String> sent) {
    Headers.Builder all = Headers.builder();
    headers.forEach(
        (name, value) -> {
          String lowerCase = name.toLowerCase(Locale.ROOT);
          if (!TRACE_CONTEXT.contains(lowerCase) && !sent.containsKey(lowerCase)) {
            all.add(name, value);
          }
        });
    sent.forEach(all::add);
    return all.build();
  }
}

package io.bifrostfilter.spring.observability;

import io.bifrostfilter.AsyncJobs;
import io.bifrostfilter.store.JobCounts;
import io.bifrostfilter.store.JobStoreException;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * What the store holds, as gauges; not a number while it cannot be reached, or where it does not
 * know. For many threads. A store that nodes share shows the same on each of them: take the
 * greatest, and not the sum.
 */
final class JobGauges implements MeterBinder {

  /** So that one look at the store serves all gauges of a scrape. */
  private static final long KEPT_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final AsyncJobs jobs;
  private final LongSupplier nanoTime;
  private @Nullable JobCounts latest;
  private long lookedAt;
  private boolean looked;

  JobGauges(AsyncJobs jobs) {
    this(jobs, System::nanoTime);
  }

  JobGauges(AsyncJobs jobs, LongSupplier nanoTime) {
    this.jobs = jobs;
    this.nanoTime = nanoTime;
  }

  @Override
  public void bindTo(MeterRegistry registry) {
    gauge("bifrost.async.jobs.waiting", "Jobs that wait", JobCounts::waiting).register(registry);
    gauge("bifrost.async.jobs.running", "Jobs that run", JobCounts::running).register(registry);
    gauge("bifrost.async.stored", "Requests and results in the store", JobGauges::bytes)
        .baseUnit("bytes")
        .register(registry);
  }

  private static double bytes(JobCounts counts) {
    return counts.bytes() == JobCounts.UNKNOWN ? Double.NaN : counts.bytes();
  }

  private Gauge.Builder<JobGauges> gauge(
      String name, String description, ToDoubleFunction<JobCounts> value) {
    return Gauge.builder(
            name,
            this,
            gauges -> {
              JobCounts counts = gauges.counts();
              return counts == null ? Double.NaN : value.applyAsDouble(counts);
            })
        .description(description);
  }

  private synchronized @Nullable JobCounts counts() {
    long now = nanoTime.getAsLong();
    if (!looked || now - lookedAt >= KEPT_NANOS) {
      looked = true;
      lookedAt = now;
      try {
        latest = jobs.counts();
      } catch (JobStoreException e) {
        // Said by whatever needs the store; a gauge has nothing to add.
        latest = null;
      }
    }
    return latest;
  }
}

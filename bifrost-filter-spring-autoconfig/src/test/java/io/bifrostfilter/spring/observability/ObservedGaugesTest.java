package io.bifrostfilter.spring.observability;

import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.AsyncJobs;
import io.bifrostfilter.store.JobCounts;
import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.JobStoreException;
import io.bifrostfilter.store.memory.MemoryJobStore;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A scrape costs the store one look, and survives its absence. */
class ObservedGaugesTest {

  private final AtomicInteger looks = new AtomicInteger();
  private final AtomicBoolean away = new AtomicBoolean();
  private final AtomicBoolean uncounted = new AtomicBoolean();
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 5);
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final AsyncJobs jobs = AsyncJobs.builder().store(countingStore()).build();

  @BeforeEach
  void bind() {
    new JobGauges(jobs, nanos::get).bindTo(registry);
  }

  @AfterEach
  void close() {
    jobs.close();
  }

  @Test
  void allGaugesOfAScrapeShareOneLook() {
    assertThat(value("bifrost.async.jobs.waiting")).isZero();
    assertThat(value("bifrost.async.jobs.running")).isZero();
    assertThat(value("bifrost.async.stored")).isZero();
    assertThat(looks).hasValue(1);

    nanos.addAndGet(TimeUnit.SECONDS.toNanos(1));
    value("bifrost.async.jobs.waiting");
    assertThat(looks).hasValue(2);
  }

  @Test
  void aStoreThatIsAwayIsNoNumberUntilItIsBack() {
    away.set(true);
    assertThat(value("bifrost.async.jobs.waiting")).isNaN();

    away.set(false);
    nanos.addAndGet(TimeUnit.SECONDS.toNanos(1));
    assertThat(value("bifrost.async.jobs.waiting")).isZero();
  }

  @Test
  void whatAStoreDoesNotKnowIsNoNumber() {
    uncounted.set(true);
    assertThat(value("bifrost.async.jobs.waiting")).isEqualTo(1);
    assertThat(value("bifrost.async.stored")).isNaN();
    assertThat(StoreHealth.of(jobs).details()).containsEntry("waiting", 1L);
    assertThat(StoreHealth.of(jobs).details()).doesNotContainKey("storedBytes");
  }

  private double value(String gauge) {
    return registry.get(gauge).gauge().value();
  }

  private JobStore countingStore() {
    var store = new MemoryJobStore(Clock.systemUTC(), 1 << 20);
    return (JobStore)
        Proxy.newProxyInstance(
            JobStore.class.getClassLoader(),
            new Class<?>[] {JobStore.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("counts")) {
                looks.incrementAndGet();
                if (away.get()) {
                  throw new JobStoreException("away", new IllegalStateException());
                }
                if (uncounted.get()) {
                  return new JobCounts(1, 0, 0, 0, JobCounts.UNKNOWN);
                }
              }
              return method.invoke(store, arguments);
            });
  }
}

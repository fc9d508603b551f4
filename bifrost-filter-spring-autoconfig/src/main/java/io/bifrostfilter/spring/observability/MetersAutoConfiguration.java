package io.bifrostfilter.spring.observability;

import io.bifrostfilter.AsyncJobs;
import io.bifrostfilter.spring.AsyncJobsAutoConfiguration;
import io.bifrostfilter.spring.AsyncJobsProperties;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Meters, for an application with a registry for them. */
@AutoConfiguration(
    after = AsyncJobsAutoConfiguration.class,
    afterName = {
      "org.springframework.boot.actuate.autoconfigure.metrics.CompositeMeterRegistryAutoConfiguration",
      "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration"
    })
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean({AsyncJobs.class, MeterRegistry.class})
public final class MetersAutoConfiguration {

  /** Told of jobs by the parts that {@link AsyncJobsAutoConfiguration} builds. */
  @Bean
  @ConditionalOnMissingBean(name = "asyncJobMeters")
  JobMeters asyncJobMeters(MeterRegistry registry, AsyncJobsProperties properties) {
    return new JobMeters(registry, new RouteTags(properties.routeNames()));
  }

  @Bean
  @ConditionalOnMissingBean(name = "asyncJobGauges")
  JobGauges asyncJobGauges(AsyncJobs jobs) {
    return new JobGauges(jobs);
  }
}

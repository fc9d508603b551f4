package io.bifrostfilter.spring.observability;

import io.bifrostfilter.AsyncJobs;
import io.bifrostfilter.spring.AsyncJobsAutoConfiguration;
import io.bifrostfilter.spring.AsyncJobsProperties;
import io.micrometer.observation.ObservationRegistry;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** Tracing, for an application that observes its requests. */
@AutoConfiguration(
    after = AsyncJobsAutoConfiguration.class,
    afterName = {
      "org.springframework.boot.actuate.autoconfigure.observation.ObservationAutoConfiguration",
      "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration"
    })
@ConditionalOnClass(ObservationRegistry.class)
@ConditionalOnBean({AsyncJobs.class, ObservationRegistry.class})
public final class TracingAutoConfiguration {

  /** Told of jobs by the parts that {@link AsyncJobsAutoConfiguration} builds. */
  @Bean
  @ConditionalOnMissingBean(name = "asyncJobTracing")
  JobTracing asyncJobTracing(ObservationRegistry registry, AsyncJobsProperties properties) {
    return new JobTracing(registry, new RouteTags(properties.routeNames()));
  }
}

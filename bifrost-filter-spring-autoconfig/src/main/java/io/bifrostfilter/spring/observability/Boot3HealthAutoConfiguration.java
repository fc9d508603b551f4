package io.bifrostfilter.spring.observability;

import io.bifrostfilter.AsyncJobs;
import io.bifrostfilter.spring.AsyncJobsAutoConfiguration;
import org.springframework.boot.actuate.autoconfigure.health.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.actuate.health.AbstractHealthIndicator;
import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** {@link StoreHealth}, where Spring Boot 3.5 has the health of an application. */
@AutoConfiguration(after = AsyncJobsAutoConfiguration.class)
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnBean(AsyncJobs.class)
public final class Boot3HealthAutoConfiguration {

  @Bean
  @ConditionalOnMissingBean(name = "asyncJobsHealthIndicator")
  @ConditionalOnEnabledHealthIndicator("asyncjobs")
  HealthIndicator asyncJobsHealthIndicator(AsyncJobs jobs) {
    return new AbstractHealthIndicator(StoreHealth.UNREACHABLE) {
      @Override
      protected void doHealthCheck(Health.Builder health) {
        StoreHealth store = StoreHealth.of(jobs);
        health.status(store.status()).withDetails(store.details());
      }
    };
  }
}

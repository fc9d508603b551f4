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

/**
 * The health of the jobs where Spring Boot 3.5 has its health: down while the store cannot be
 * reached, out of service while the queue is full.
 */
@AutoConfiguration(after = AsyncJobsAutoConfiguration.class)
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnBean(AsyncJobs.class)
public final class Boot3HealthAutoConfiguration {

  @Bean
  @ConditionalOnMissingBean(name = "asyncJobsHealthIndicator")
  @ConditionalOnEnabledHealthIndicator("asyncjobs")
  HealthIndicator asyncJobsHealthIndicator(AsyncJobs jobs) {
    return new Indicator(jobs);
  }

  private static final class Indicator extends AbstractHealthIndicator {

    private final AsyncJobs jobs;

    Indicator(AsyncJobs jobs) {
      super("The job store cannot be reached");
      this.jobs = jobs;
    }

    @Override
    protected void doHealthCheck(Health.Builder health) {
      StoreHealth store = StoreHealth.of(jobs);
      (store.accepting() ? health.up() : health.outOfService()).withDetails(store.details());
    }
  }
}

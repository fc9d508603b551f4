package io.bifrostfilter.spring;

import io.bifrostfilter.AsyncJobFilter;
import io.bifrostfilter.AsyncJobs;
import io.bifrostfilter.AsyncJobsConfig;
import io.bifrostfilter.StoreType;
import io.bifrostfilter.dispatch.HandlerDispatcher;
import io.bifrostfilter.http.OwnerResolver;
import io.bifrostfilter.observation.JobObserver;
import io.bifrostfilter.store.JobStore;
import jakarta.servlet.DispatcherType;
import java.time.Clock;
import java.util.EnumSet;
import java.util.List;
import javax.sql.DataSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/**
 * Puts the filter into a servlet web application: nothing but this jar is needed. Whatever is a
 * bean of the application already is taken from there.
 *
 * <p>One class for both lines of Spring Boot: it names only what both have in the same place. The
 * order is by name, because what it names moved.
 */
@AutoConfiguration(
    afterName = {
      "org.springframework.boot.autoconfigure.security.servlet.SecurityFilterAutoConfiguration",
      "org.springframework.boot.security.autoconfigure.web.servlet.SecurityFilterAutoConfiguration"
    })
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnBooleanProperty(
    prefix = AsyncJobsProperties.PREFIX,
    name = "enabled",
    matchIfMissing = true)
@EnableConfigurationProperties(AsyncJobsProperties.class)
public final class AsyncJobsAutoConfiguration {

  private static final String SECURITY_ORDER = "spring.security.filter.order";
  private static final int DEFAULT_SECURITY_ORDER = -100;
  private static final List<String> ALL_REQUESTS = List.of("/*");

  /**
   * A store, database, dispatcher or owner resolver decides what a caller is promised, so that two
   * of a kind are an error; clocks an application may have for other purposes.
   */
  @Bean(destroyMethod = "close")
  @ConditionalOnMissingBean
  AsyncJobs asyncJobs(
      AsyncJobsProperties properties,
      ObjectProvider<JobStore> stores,
      ObjectProvider<DataSource> databases,
      ObjectProvider<HandlerDispatcher> dispatchers,
      ObjectProvider<OwnerResolver> ownerResolvers,
      ObjectProvider<JobObserver> observers,
      ObjectProvider<Clock> clocks) {
    AsyncJobsConfig config = properties.toConfig();
    AsyncJobs.Builder jobs = AsyncJobs.builder().config(config).startsWithFilter(false);
    JobStore store = stores.getIfAvailable();
    if (store != null) {
      jobs.store(Borrowed.from(JobStore.class, store));
    } else if (isInApplicationsDatabase(config)) {
      databases.ifAvailable(jobs::dataSource);
    }
    dispatchers.ifAvailable(
        dispatcher -> jobs.dispatcher(Borrowed.from(HandlerDispatcher.class, dispatcher)));
    ownerResolvers.ifAvailable(jobs::ownerResolver);
    observers.orderedStream().forEach(jobs::observer);
    clocks.ifUnique(jobs::clock);
    return jobs.build();
  }

  @Bean
  @ConditionalOnMissingBean(
      value = AsyncJobFilter.class,
      parameterizedContainer = FilterRegistrationBean.class)
  FilterRegistrationBean<AsyncJobFilter> asyncJobFilter(
      AsyncJobs jobs, AsyncJobsProperties properties, Environment environment) {
    AsyncJobsProperties.Filter filter = properties.filter();
    Integer order = filter == null ? null : filter.order();
    List<String> patterns = filter == null ? null : filter.urlPatterns();
    var registration = new FilterRegistrationBean<>(jobs.filter());
    registration.setOrder(order == null ? afterSecurity(environment) : order);
    registration.setUrlPatterns(patterns == null ? ALL_REQUESTS : patterns);
    registration.setDispatcherTypes(EnumSet.of(DispatcherType.REQUEST));
    registration.setAsyncSupported(true);
    return registration;
  }

  @Bean
  AsyncJobsLifecycle asyncJobsLifecycle(AsyncJobs jobs, Environment environment) {
    return new AsyncJobsLifecycle(jobs, environment);
  }

  @Bean
  AsyncJobsHandOver asyncJobsHandOver(AsyncJobs jobs) {
    return new AsyncJobsHandOver(jobs);
  }

  /** Jobs are where the application's own data is, unless they are given a database. */
  private static boolean isInApplicationsDatabase(AsyncJobsConfig config) {
    return config.store() == StoreType.JDBC
        && config.jdbc().url().isEmpty()
        && config.jdbc().jndiName().isEmpty();
  }

  /**
   * Just after Spring Security's chain, wherever the application has put that: a submit must be
   * refused, or known by its caller's name, before it is accepted. And before everything else,
   * which will see the request once, when it is played back.
   */
  private static int afterSecurity(Environment environment) {
    return environment.getProperty(SECURITY_ORDER, Integer.class, DEFAULT_SECURITY_ORDER) + 1;
  }
}

package io.bifrostfilter.spring;

import static io.bifrostfilter.spring.BootApp.CHAT_BODY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bifrostfilter.AsyncJobFilter;
import io.bifrostfilter.AsyncJobs;
import io.bifrostfilter.AsyncJobsConfig;
import io.bifrostfilter.dispatch.HandlerDispatcher;
import io.bifrostfilter.http.OwnerResolver;
import io.bifrostfilter.job.Bytes;
import io.bifrostfilter.job.Headers;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.job.RecordedRequest;
import io.bifrostfilter.job.RecordedResponse;
import io.bifrostfilter.observation.JobObserver;
import io.bifrostfilter.store.JobStore;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** What the application has a bean for is taken from there. */
class OwnBeansTest {

  @Test
  void aStoreOfTheApplicationsOwnKeepsTheJobsAndIsClosedOnce() {
    List<String> calls;
    try (var app = BootApp.start(OwnStore.class)) {
      calls = app.context().getBean(OwnStore.class).calls;
      assertThat(app.whenDone(app.submitChat()).path("status").asText()).isEqualTo("completed");
      assertThat(calls).contains("add", "claim", "complete", "find").doesNotContain("close");
    }
    assertThat(calls).filteredOn("close"::equals).hasSize(1);
  }

  @Test
  void aStoreThatTheApplicationClosesItselfIsLeftOpen() {
    List<String> calls;
    try (var app = BootApp.start(StoreThatStaysOpen.class)) {
      calls = app.context().getBean(StoreThatStaysOpen.class).calls;
    }
    assertThat(calls).contains("subscribe").doesNotContain("close");
  }

  @Test
  void twoStoresAreOneTooMany() {
    assertThatThrownBy(() -> BootApp.start(TwoStores.class))
        .hasRootCauseInstanceOf(NoUniqueBeanDefinitionException.class);
  }

  @Test
  void anOwnerResolverOfTheApplicationsOwnTellsWhoseAJobIs() {
    try (var app = BootApp.start(OwnOwnerResolver.class)) {
      String location = app.submitChat("X-Tenant", "a");

      assertThat(app.get(location, "X-Tenant", "b").status()).isEqualTo(404);
      assertThat(app.whenDone(location, "X-Tenant", "a").path("status").asText())
          .isEqualTo("completed");
    }
  }

  @Test
  void aClockOfTheApplicationsOwnTellsTheTime() {
    try (var app = BootApp.start(OwnClock.class)) {
      var job = app.post("/v1/async/chat/completions", CHAT_BODY).json();

      assertThat(job.path("created_at").asText()).isEqualTo("2030-01-02T03:04:05.000Z");
    }
  }

  @Test
  void ofTwoClocksNeitherIsMeant() {
    try (var app = BootApp.start(TwoClocks.class)) {
      var job = app.post("/v1/async/chat/completions", CHAT_BODY).json();

      assertThat(job.path("created_at").asText()).doesNotStartWith("2030");
    }
  }

  @Test
  void anObserverOfTheApplicationsOwnHearsOfJobs() throws Exception {
    try (var app = BootApp.start(OwnObserver.class)) {
      app.submitChat();

      var own = app.context().getBean(OwnObserver.class);
      assertThat(own.finished.poll(20, TimeUnit.SECONDS)).isEqualTo("chat/completions");
    }
  }

  @Test
  void aDispatcherOfTheApplicationsOwnAnswersAndIsClosedOnce() {
    OwnDispatcher own;
    try (var app = BootApp.start(OwnDispatcher.class)) {
      own = app.context().getBean(OwnDispatcher.class);
      var job = app.whenDone(app.submitChat());

      assertThat(job.path("result").path("from").asText()).isEqualTo("own dispatcher");
    }
    assertThat(own.closed).hasValue(1);
  }

  @Test
  void partsOfTheApplicationsOwnAreUsedAsTheyAre() {
    try (var app = BootApp.start(OwnParts.class)) {
      assertThat(app.context().getBeansOfType(AsyncJobs.class)).containsOnlyKeys("ownParts");
      String location = app.submit("/jobs/chat/completions", CHAT_BODY);
      assertThat(app.whenDone(location).path("status").asText()).isEqualTo("completed");
    }
  }

  @Test
  void aRegistrationOfTheApplicationsOwnIsTheOnlyOne() {
    try (var app = BootApp.start(OwnRegistration.class)) {
      assertThat(app.context().containsBean("asyncJobFilter")).isFalse();
      assertThat(app.context().getBeansOfType(FilterRegistrationBean.class))
          .containsKey("ownRegistration");
      assertThat(app.whenDone(app.submitChat()).path("status").asText()).isEqualTo("completed");
    }
  }

  @Configuration(proxyBeanMethods = false)
  @Import(Handlers.class)
  static class OwnStore {

    final List<String> calls = new CopyOnWriteArrayList<>();

    @Bean
    JobStore ownStore() {
      return ObservedStore.inMemory(calls::add);
    }
  }

  @Configuration(proxyBeanMethods = false)
  @Import(Handlers.class)
  static class StoreThatStaysOpen {

    final List<String> calls = new CopyOnWriteArrayList<>();

    @Bean(destroyMethod = "")
    JobStore ownStore() {
      return ObservedStore.inMemory(calls::add);
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class TwoStores {

    @Bean
    JobStore one() {
      return ObservedStore.inMemory(call -> {});
    }

    @Bean
    JobStore other() {
      return ObservedStore.inMemory(call -> {});
    }
  }

  @Configuration(proxyBeanMethods = false)
  @Import(Handlers.class)
  static class OwnOwnerResolver {

    @Bean
    OwnerResolver tenants() {
      return request -> Optional.ofNullable(request.getHeader("X-Tenant"));
    }
  }

  @Configuration(proxyBeanMethods = false)
  @Import(Handlers.class)
  static class OwnClock {

    @Bean
    Clock clock() {
      return Clock.fixed(Instant.parse("2030-01-02T03:04:05Z"), ZoneOffset.UTC);
    }
  }

  @Configuration(proxyBeanMethods = false)
  @Import(OwnClock.class)
  static class TwoClocks {

    @Bean
    Clock otherClock() {
      return Clock.systemUTC();
    }
  }

  @Configuration(proxyBeanMethods = false)
  @Import(Handlers.class)
  static class OwnObserver {

    final BlockingQueue<String> finished = new LinkedBlockingQueue<>();

    @Bean
    JobObserver observer() {
      return new JobObserver() {
        @Override
        public void finished(Job job, Outcome outcome, Optional<Duration> ran) {
          finished.add(job.route());
        }
      };
    }
  }

  @Configuration(proxyBeanMethods = false)
  static class OwnDispatcher {

    final AtomicInteger closed = new AtomicInteger();

    @Bean
    HandlerDispatcher dispatcher() {
      return new HandlerDispatcher() {
        @Override
        public boolean isReady() {
          return true;
        }

        @Override
        public Exchange dispatch(UUID jobId, RecordedRequest request) {
          return new Answered(jobId);
        }

        @Override
        public void close() {
          closed.incrementAndGet();
        }
      };
    }
  }

  private record Answered(UUID jobId) implements HandlerDispatcher.Exchange {

    @Override
    public CompletionStage<Outcome> outcome() {
      Bytes json = Bytes.of("{\"from\":\"own dispatcher\"}");
      return CompletableFuture.completedFuture(
          new Outcome.Answered(new RecordedResponse(200, Headers.builder().build(), json, true)));
    }

    @Override
    public void abort() {}
  }

  @Configuration(proxyBeanMethods = false)
  @Import(Handlers.class)
  static class OwnParts {

    @Bean
    AsyncJobs ownParts() {
      return AsyncJobs.builder()
          .config(AsyncJobsConfig.builder().pathPrefix("/jobs").build())
          .build();
    }
  }

  @Configuration(proxyBeanMethods = false)
  @Import(Handlers.class)
  static class OwnRegistration {

    @Bean
    FilterRegistrationBean<AsyncJobFilter> ownRegistration(AsyncJobs jobs) {
      var registration = new FilterRegistrationBean<>(jobs.filter());
      registration.addUrlPatterns("/v1/*");
      return registration;
    }
  }
}

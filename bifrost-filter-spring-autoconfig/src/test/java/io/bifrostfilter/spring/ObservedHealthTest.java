package io.bifrostfilter.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.JobStoreException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** Whether the jobs are well is part of whether the application is. */
@DisplayName("Actuator health")
class ObservedHealthTest {

  private static final String DETAILS = "management.endpoint.health.show-details=always";
  private static final String RERANK = "{\"model\":\"m\",\"query\":\"q\",\"documents\":[\"d\"]}";

  @Test
  void aStoreThatAnswersIsUp() {
    try (var app = BootApp.start(Handlers.class, DETAILS)) {
      var health = app.get("/actuator/health/asyncJobs");

      assertThat(health.status()).isEqualTo(200);
      assertThat(health.json().path("status").asText()).isEqualTo("UP");
      assertThat(health.json().path("details").path("queueCapacity").asInt()).isEqualTo(10_000);
      assertThat(app.get("/actuator/health").json().path("components").has("asyncJobs")).isTrue();
    }
  }

  @Test
  void aStoreThatIsAwayIsDown() {
    try (var app = BootApp.start(StoreThatGoesAway.class, DETAILS)) {
      app.context().getBean(StoreThatGoesAway.class).away.set(true);

      assertThat(app.get("/actuator/health/asyncJobs").json().path("status").asText())
          .isEqualTo("DOWN");
      assertThat(app.get("/actuator/health").status()).isEqualTo(503);
    }
  }

  @Test
  void aFullQueueIsOutOfServiceUntilThereIsRoom() throws Exception {
    try (var app =
        BootApp.start(
            Handlers.class,
            DETAILS,
            "bifrost.async.max-concurrency=1",
            "bifrost.async.queue-capacity=1")) {
      var handlers = app.context().getBean(Handlers.class);
      app.submit("/v1/async/rerank", RERANK);
      assertThat(handlers.entered.await(20, TimeUnit.SECONDS)).isTrue();
      String waiting = app.submit("/v1/async/rerank", RERANK);

      assertThat(app.get("/actuator/health/asyncJobs").json().path("status").asText())
          .isEqualTo("OUT_OF_SERVICE");
      handlers.gate.countDown();
      app.whenDone(waiting);
      assertThat(app.get("/actuator/health/asyncJobs").json().path("status").asText())
          .isEqualTo("UP");
    }
  }

  @Test
  void anApplicationThatSaysNoIsNotToldOfIt() {
    try (var app =
        BootApp.start(Handlers.class, DETAILS, "management.health.asyncjobs.enabled=false")) {
      assertThat(app.get("/actuator/health/asyncJobs").status()).isEqualTo(404);
    }
  }

  @Test
  void theAbsenceOfJobsIsNoConcernOfHealth() {
    try (var app = BootApp.start(Handlers.class, DETAILS, "bifrost.async.enabled=false")) {
      assertThat(app.get("/actuator/health/asyncJobs").status()).isEqualTo(404);
      assertThat(app.get("/actuator/health").status()).isEqualTo(200);
    }
  }

  @Configuration(proxyBeanMethods = false)
  @Import(Handlers.class)
  static class StoreThatGoesAway {

    final AtomicBoolean away = new AtomicBoolean();

    @Bean
    JobStore ownStore() {
      return ObservedStore.inMemory(
          call -> {
            if (away.get()) {
              throw new JobStoreException("away", new IllegalStateException());
            }
          });
    }
  }
}

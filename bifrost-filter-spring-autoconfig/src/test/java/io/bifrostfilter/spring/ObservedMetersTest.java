package io.bifrostfilter.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What an operator can count, as the actuator shows it. */
@DisplayName("Micrometer meters")
class ObservedMetersTest {

  private static final String EXPOSED = "management.endpoints.web.exposure.include=*";
  private static final String RERANK = "{\"model\":\"m\",\"query\":\"q\",\"documents\":[\"d\"]}";

  @Test
  void jobsAreCountedAndTimedByTheirRoute() {
    try (var app = BootApp.start(Handlers.class, EXPOSED)) {
      app.whenDone(app.submitChat());

      assertThat(eventually(app, "jobs.completed?tag=route:chat/completions", 1)).isTrue();
      assertThat(eventually(app, "jobs.submitted?tag=route:chat/completions", 1)).isTrue();
      assertThat(eventually(app, "jobs.waited?tag=route:chat/completions", 1)).isTrue();
      assertThat(eventually(app, "jobs.ran?tag=route:chat/completions", 1)).isTrue();
    }
  }

  @Test
  void aRouteThatAClientMadeUpIsJustAnother() {
    try (var app = BootApp.start(Handlers.class, EXPOSED)) {
      for (int i = 0; i < 3; i++) {
        assertThat(app.post("/v1/made/up/" + i, "{}", "x-bf-async", "true").status())
            .isEqualTo(200);
      }

      assertThat(eventually(app, "jobs.failed?tag=route:other&tag=reason:status_4xx", 3)).isTrue();
      assertThat(metric(app, "jobs.failed").text()).doesNotContain("made");
      assertThat(metric(app, "jobs.submitted").text()).doesNotContain("made");
      // Spring Boot makes this one of our observation.
      assertThat(metric(app, "submit").text()).contains("other").doesNotContain("made");
    }
  }

  @Test
  void whatWaitsRunsAndIsStoredCanBeSeen() throws Exception {
    try (var app = BootApp.start(Handlers.class, EXPOSED, "bifrost.async.max-concurrency=1")) {
      var handlers = app.context().getBean(Handlers.class);
      app.submit("/v1/async/rerank", RERANK);
      assertThat(handlers.entered.await(20, TimeUnit.SECONDS)).isTrue();
      app.submitChat();

      assertThat(eventually(app, "jobs.running", 1)).isTrue();
      assertThat(eventually(app, "jobs.waiting", 1)).isTrue();
      assertThat(value(app, "stored")).isGreaterThan(RERANK.length());
      handlers.gate.countDown();
    }
  }

  @Test
  void aRefusalIsCountedWithItsReason() throws Exception {
    try (var app =
        BootApp.start(
            Handlers.class,
            EXPOSED,
            "bifrost.async.max-concurrency=1",
            "bifrost.async.queue-capacity=1")) {
      var handlers = app.context().getBean(Handlers.class);
      app.submit("/v1/async/rerank", RERANK);
      assertThat(handlers.entered.await(20, TimeUnit.SECONDS)).isTrue();
      app.submit("/v1/async/rerank", RERANK);
      assertThat(app.post("/v1/async/rerank", RERANK).status()).isEqualTo(503);

      assertThat(eventually(app, "jobs.refused?tag=route:rerank&tag=reason:queue_full", 1))
          .isTrue();
      handlers.gate.countDown();
    }
  }

  /** An outcome is counted just after it can be polled, and a gauge is a second old at most. */
  private static boolean eventually(BootApp app, String meter, double expected) {
    long giveUp = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (System.nanoTime() < giveUp) {
      if (value(app, meter) == expected) {
        return true;
      }
    }
    return false;
  }

  private static double value(BootApp app, String meter) {
    var reply = metric(app, meter);
    return reply.status() == 200
        ? reply.json().path("measurements").path(0).path("value").asDouble()
        : Double.NaN;
  }

  private static BootApp.Reply metric(BootApp app, String meter) {
    return app.get("/actuator/metrics/bifrost.async." + meter);
  }
}

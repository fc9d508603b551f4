package io.bifrostfilter.spring;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What an operator sees of jobs, and what not. */
@DisplayName("Actuator endpoint")
class ObservedEndpointTest {

  private static final String EXPOSED = "management.endpoints.web.exposure.include=asyncjobs";

  @Test
  void theCountsAndTheNewestJobsCanBeSeen() {
    try (var app = BootApp.start(Handlers.class, EXPOSED)) {
      app.whenDone(app.submitChat());
      app.post("/v1/nowhere", "{\"model\":\"m\"}", "x-bf-async", "true", "Prefer", "wait=20");

      var all = app.get("/actuator/asyncjobs").json();

      assertThat(all.path("counts").path("pending").asInt()).isZero();
      assertThat(all.path("counts").path("processing").asInt()).isZero();
      assertThat(all.path("counts").path("completed").asInt()).isEqualTo(1);
      assertThat(all.path("counts").path("failed").asInt()).isEqualTo(1);
      assertThat(all.path("stored_bytes").asInt()).isPositive();
      assertThat(all.path("newest")).hasSize(2);
      var failed = all.path("newest").path(0);
      assertThat(failed.path("route").asText()).isEqualTo("/v1/nowhere");
      assertThat(failed.path("status").asText()).isEqualTo("failed");
      assertThat(failed.path("status_code").asInt()).isEqualTo(404);
      var completed = all.path("newest").path(1);
      assertThat(completed.path("route").asText()).isEqualTo("chat/completions");
      assertThat(completed.path("model").asText()).isEqualTo("openai/gpt-4");
      assertThat(completed.path("status").asText()).isEqualTo("completed");
      assertThat(completed.path("attempts").asInt()).isEqualTo(1);
      assertThat(completed.path("created_at").asText()).matches("20\\d\\d-.*Z");
      assertThat(completed.fieldNames())
          .toIterable()
          .containsExactlyInAnyOrder(
              "id", "route", "model", "status", "created_at", "attempts", "status_code");
    }
  }

  @Test
  void neitherPromptsNorResultsNorCredentialsCanBeSeen() {
    try (var app = BootApp.start(Handlers.class, EXPOSED)) {
      app.whenDone(
          app.submitChat("Authorization", "Bearer secret-key", "X-Own", "secret-header"),
          "Authorization",
          "Bearer secret-key");

      assertThat(app.get("/actuator/asyncjobs").text())
          .contains("chat/completions")
          .doesNotContain("secret", "Hi", "chatcmpl-1", "owner");
    }
  }

  @Test
  void anApplicationThatDoesNotExposeItKeepsItToItself() {
    try (var app = BootApp.start(Handlers.class)) {
      assertThat(app.get("/actuator/asyncjobs").status()).isEqualTo(404);
      assertThat(app.context().containsBean("asyncJobsEndpoint")).isFalse();
    }
  }
}

package io.bifrostfilter.spring;

import static io.bifrostfilter.spring.BootApp.CHAT_BODY;
import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.AsyncJobs;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.servlet.FilterRegistrationBean;

/** Where the filter is, and where it is not. */
class RegistrationTest {

  @Test
  void theFilterStandsJustBehindSpringSecurityAndTakesRequestsAlone() {
    try (var app = BootApp.start(Handlers.class)) {
      FilterRegistrationBean<?> registration =
          app.context().getBean("asyncJobFilter", FilterRegistrationBean.class);

      assertThat(registration.getOrder()).isEqualTo(-99);
      assertThat(registration.getUrlPatterns()).isEqualTo(java.util.Set.of("/*"));
      assertThat(registration.isAsyncSupported()).isTrue();
      assertThat(registration.determineDispatcherTypes())
          .isEqualTo(java.util.EnumSet.of(jakarta.servlet.DispatcherType.REQUEST));
    }
  }

  @Test
  void orderAndPatternsCanBeChanged() {
    try (var app =
        BootApp.start(
            Handlers.class,
            "bifrost.async.filter.order=5",
            "bifrost.async.filter.url-patterns=/v1/async/*,/v1/chat/*")) {
      FilterRegistrationBean<?> registration =
          app.context().getBean("asyncJobFilter", FilterRegistrationBean.class);
      assertThat(registration.getOrder()).isEqualTo(5);

      assertThat(app.whenDone(app.submitChat()).path("status").asText()).isEqualTo("completed");
      // Not mapped, and so answered by the handler itself.
      var unmapped = app.post("/v1/responses", "{}", "x-bf-async", "true");
      assertThat(unmapped.header("x-bf-async-id")).isEmpty();
      assertThat(unmapped.json().path("kind").asText()).isEqualTo("future");
    }
  }

  @ParameterizedTest
  @CsvSource({"false", "off"})
  void anApplicationThatSaysNoHasNothingOfOurs(String no) {
    try (var app = BootApp.start(Handlers.class, "bifrost.async.enabled=" + no)) {
      assertThat(app.context().getBeanNamesForType(AsyncJobs.class)).isEmpty();
      assertThat(app.context().containsBean("asyncJobFilter")).isFalse();
      assertThat(app.context().getBeanNamesForType(AsyncJobsLifecycle.class)).isEmpty();
      assertThat(app.context().getBeanNamesForType(AsyncJobsProperties.class)).isEmpty();
      assertThat(app.post("/v1/async/chat/completions", CHAT_BODY).status()).isEqualTo(404);
    }
  }

  @Test
  void anApplicationWithoutAServerHasNothingOfOurs() {
    var application =
        new SpringApplicationBuilder(BootApp.Plain.class)
            .web(WebApplicationType.NONE)
            .properties("spring.main.banner-mode=off");
    try (var context = application.run()) {
      assertThat(context.getBeanNamesForType(AsyncJobs.class)).isEmpty();
      assertThat(context.containsBean("asyncJobFilter")).isFalse();
      assertThat(context.getBeanNamesForType(AsyncJobsProperties.class)).isEmpty();
    }
  }
}

package io.bifrostfilter.spring;

import static io.bifrostfilter.spring.BootApp.CHAT_BODY;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.servlet.support.SpringBootServletInitializer;

/** An application that is not the server's master: it is deployed, and undeployed, as a WAR. */
@DisplayName("As a WAR in that server")
class WarDeploymentTest {

  @Test
  @EnabledIfSystemProperty(
      named = "expected.server",
      matches = "tomcat",
      disabledReason = "there is no Tomcat on this class path to deploy to")
  void anApplicationInAWarRunsJobsAndLeavesNoThreadBehind(@TempDir Path directory)
      throws Exception {
    try (var tomcat = TomcatWithWar.start(directory, "/shop")) {
      var app = URI.create("http://127.0.0.1:" + tomcat.port());
      var submit =
          HttpRequest.newBuilder(app.resolve("/shop/v1/async/chat/completions"))
              .header("Content-Type", "application/json")
              .POST(HttpRequest.BodyPublishers.ofString(CHAT_BODY))
              .build();
      var submitted = send(submit);
      assertThat(submitted.statusCode()).isEqualTo(202);
      var location = submitted.headers().firstValue("Location").orElseThrow();
      var poll =
          HttpRequest.newBuilder(app.resolve(location))
              .timeout(Duration.ofSeconds(30))
              .header("Prefer", "wait=20")
              .build();

      var job = new ObjectMapper().readTree(send(poll).body());

      assertThat(job.path("status").asText()).isEqualTo("completed");
      assertThat(job.path("result").path("url").asText())
          .isEqualTo(app + "/shop/v1/chat/completions");
      assertThat(job.path("result").path("job").asText()).isEqualTo(job.path("id").asText());
      assertThat(threadsOfOurs()).isNotEmpty();

      tomcat.undeploy();

      assertThat(threadsOfOurs()).isEmpty();
      assertThat(send(poll).statusCode()).isEqualTo(404);
    }
  }

  /** What Tomcat finds in the WAR, and starts. */
  static final class War extends SpringBootServletInitializer {

    @Override
    protected SpringApplicationBuilder configure(SpringApplicationBuilder builder) {
      return builder
          .sources(BootApp.Plain.class, Handlers.class)
          .properties(
              "spring.main.banner-mode=off",
              "spring.autoconfigure.exclude=" + BootApp.securityAutoConfigurations());
    }
  }

  private static HttpResponse<String> send(HttpRequest request) throws Exception {
    return HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
  }

  private static List<Thread> threadsOfOurs() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("bifrost"))
        .filter(Thread::isAlive)
        .toList();
  }
}

package io.bifrostfilter.sample.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.File;
import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The WAR as it is, dropped into servers as they are. */
@Timeout(90)
class DistributionIT {
  private static final Path WAR = Path.of(System.getProperty("sample.war"));
  private static final String CHAT =
      "{\"model\":\"bifrost-sample\",\"messages\":[{\"role\":\"user\",\"content\":\"Tea?\"}]}";
  private static final String BEGIN = "<!-- distributions -->\n";
  private static final String END = "\n<!-- /distributions -->";
  // By the filter's own logger, which is in the WAR.
  private static final Pattern OUR_WARNING = Pattern.compile("Z (WARN|ERROR) ");

  @ParameterizedTest
  @EnumSource
  void theWarRunsJobsAndLeavesNoThreadBehind(Distribution distribution, @TempDir Path base)
      throws Exception {
    assumeFalse(
        distribution.needsShell() && File.separatorChar == '\\',
        "Tomcat is started by its script for Unix");
    try (var server = distribution.start(base, WAR)) {
      var port = server.await(distribution.started()).group(1);
      var sample =
          new RunningSample(server::close, URI.create("http://127.0.0.1:" + port + "/sample"));
      assertThat(sample.get("/health").body()).isEqualTo("{\"status\":\"ok\"}");
      assertThat(jobByPath(sample).at("/result/choices/0/message/content").textValue())
          .isNotBlank();
      assertThat(jobByHeader(sample).at("/choices/0/message/content").textValue()).isNotBlank();
      assertThat(ours(server)).contains("bifrost-async-worker");

      Files.delete(distribution.webApp(base));
      awaitUndeployed(server, distribution.unpacked(base));
      assertThat(sample.get("/health").statusCode()).isEqualTo(404);
      assertThat(server.isAlive()).isTrue();

      server.stop();
      assertThat(server.log().lines())
          .noneMatch(line -> distribution.warning().matcher(line).find())
          .noneMatch(line -> OUR_WARNING.matcher(line).find());
    }
  }

  /** Which are those that the other test runs. */
  @Test
  void theReadmeNamesTheseServersAndNoOther() throws Exception {
    var names =
        Stream.of(Distribution.values())
            .map(distribution -> "`" + distribution + "`")
            .collect(Collectors.joining(", ", BEGIN, END));
    assertThat(Files.readString(Path.of(System.getProperty("readme"))).replace("\r\n", "\n"))
        .contains(names);
  }

  private static JsonNode jobByPath(RunningSample sample) throws Exception {
    var job = sample.post("/v1/async/chat/completions", CHAT);
    assertThat(job.statusCode()).isEqualTo(202);
    var location = job.headers().firstValue("location").orElseThrow();
    assertThat(location).startsWith("/sample/v1/async/chat/completions/");
    var poll =
        sample.request(location.substring("/sample".length())).header("Prefer", "wait=30").build();
    var answer = sample.client().send(poll, BodyHandlers.ofString());
    assertThat(answer.statusCode()).isEqualTo(200);
    return RunningSample.JSON.readTree(answer.body());
  }

  private static JsonNode jobByHeader(RunningSample sample) throws Exception {
    var submit = sample.request("/v1/chat/completions").header("x-bf-async", "true");
    var job =
        sample
            .client()
            .send(submit.POST(BodyPublishers.ofString(CHAT)).build(), BodyHandlers.ofString());
    var poll =
        sample
            .request("/v1/chat/completions")
            .header("x-bf-async-id", job.headers().firstValue("x-bf-async-id").orElseThrow())
            .header("Prefer", "wait=30");
    var answer =
        sample
            .client()
            .send(poll.POST(BodyPublishers.ofString(CHAT)).build(), BodyHandlers.ofString());
    assertThat(answer.headers().firstValue("x-bf-async-status")).hasValue("completed");
    return RunningSample.JSON.readTree(answer.body());
  }

  /** Each look at the threads takes its time, so this does not spin. */
  private static void awaitUndeployed(ServerProcess server, Path unpacked) throws Exception {
    var giveUp = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    List<String> left;
    do {
      left = ours(server);
    } while ((!left.isEmpty() || Files.exists(unpacked)) && System.nanoTime() < giveUp);
    assertThat(left).as("threads left after undeploying").isEmpty();
    assertThat(unpacked).doesNotExist();
  }

  /** The library names all that it starts, Jetty's client included. */
  private static List<String> ours(ServerProcess server) throws Exception {
    return server.threads().stream().filter(name -> name.startsWith("bifrost")).toList();
  }
}

package io.bifrostfilter.sample.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The WAR itself, as {@code java -jar} runs it. */
@Timeout(60)
class ExecutableWarIT {
  private static final Path WAR = Path.of(System.getProperty("sample.war"));

  @SuppressWarnings("NullAway.Init") // set by JUnit
  @TempDir
  private Path temp;

  @Test
  void theWarStartsAnswersAndLeavesNothingBehind() throws Exception {
    var process = start(Map.of("PORT", "0"));
    try (var out = new BufferedReader(process.inputReader(UTF_8))) {
      var ready = out.readLine();
      assertThat(ready).matches("Sample LLM proxy: http://localhost:\\d+ \\(embedded engine\\)");
      var uri = URI.create(ready.split(" ")[3]);
      var sample = new RunningSample(process.toHandle()::destroy, uri);
      assertThat(sample.get("/health").body()).isEqualTo("{\"status\":\"ok\"}");
      assertThat(sample.get("/").body()).contains("<title>");
      assertThat(
              sample
                  .answer(
                      "/v1/chat/completions",
                      "{'model':'bifrost-sample','messages':[{'role':'user','content':'Hi'}]}")
                  .at("/choices/0/message/content")
                  .textValue())
          .isNotBlank();
      var job =
          sample.post(
              "/v1/async/audio/speech", "{'model':'bifrost-sample','input':'I shall be late!'}");
      assertThat(job.statusCode()).isEqualTo(202);
      var poll =
          sample
              .request(job.headers().firstValue("location").orElseThrow())
              .header("Prefer", "wait=30")
              .build();
      assertThat(sample.client().send(poll, BodyHandlers.ofString()).body())
          .contains("\"completed\"");
      assertThat(sample.get("/WEB-INF/web.xml").statusCode()).isEqualTo(404);
      assertThat(
              sample.get("/org/springframework/boot/loader/launch/WarLauncher.class").statusCode())
          .isEqualTo(404);

      process.toHandle().destroy();
      assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(out.readLine()).isNull();
    } finally {
      process.toHandle().destroyForcibly();
    }
    assertThat(stderr(process)).allSatisfy(line -> assertThat(line).contains(" INFO "));
    assertThat(temp).isEmptyDirectory();
  }

  @Test
  void itSaysWhereItForwardsToButNotTheKey() throws Exception {
    var process =
        start(
            Map.of(
                "PORT", "0",
                "OPENAI_BASE_URL", "https://me:secret@llm.example/v1/",
                "OPENAI_API_KEY", "sk-secret"));
    try (var out = new BufferedReader(process.inputReader(UTF_8))) {
      assertThat(out.readLine())
          .endsWith("(forwards to https://llm.example/v1)")
          .doesNotContain("secret");
    } finally {
      process.toHandle().destroy();
      assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void aPortThatIsNoneOrInUseIsAnErrorOfOneLine() throws Exception {
    assertThat(failure(Map.of("PORT", "http")))
        .containsExactly("PORT must be a number from 0 (any free port) to 65535, but is: http");
    try (var taken = new ServerSocket(0)) {
      assertThat(failure(Map.of("PORT", String.valueOf(taken.getLocalPort()))))
          .singleElement()
          .asString()
          .startsWith("Port " + taken.getLocalPort() + " cannot be opened");
    }
  }

  @Test
  void aBaseUrlThatIsNoneIsAnErrorOfOneLine() throws Exception {
    assertThat(failure(Map.of("PORT", "0", "OPENAI_BASE_URL", "llm.example")))
        .singleElement()
        .asString()
        .startsWith("OPENAI_BASE_URL must be");
  }

  @Test
  void aContainerSeesNoServerJarsAndJettysClientWhole() throws Exception {
    try (var war = new JarFile(WAR.toFile())) {
      var jars =
          war.stream()
              .map(ZipEntry::getName)
              .filter(name -> name.startsWith("WEB-INF/lib/") && name.endsWith(".jar"))
              .map(name -> name.substring("WEB-INF/lib/".length()).replaceAll("-\\d.*", ""))
              .toList();
      assertThat(jars)
          .doesNotHaveDuplicates()
          .contains("jetty-client", "jetty-http", "jetty-io", "jetty-util", "jetty-alpn-client")
          .noneMatch(jar -> jar.matches("jetty-(server|ee.*|session|security|xml)|.*servlet-api"))
          .noneMatch(jar -> jar.startsWith("spring"));
    }
  }

  private List<String> failure(Map<String, String> environment) throws Exception {
    var process = start(environment);
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(1);
    return stderr(process);
  }

  private Process start(Map<String, String> environment) throws IOException {
    assumeFalse(File.separatorChar == '\\', "Processes are not ended gently on Windows");
    var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    var command =
        new ArrayList<>(List.of(java, "-Djava.io.tmpdir=" + temp, "-XX:-UsePerfData", "-jar"));
    command.add(WAR.toString());
    var builder = new ProcessBuilder(command);
    builder.environment().keySet().removeIf(name -> name.startsWith("OPENAI_"));
    builder.environment().putAll(environment);
    return builder.start();
  }

  private static List<String> stderr(Process process) {
    return process
        .errorReader(UTF_8)
        .lines()
        .filter(line -> !line.startsWith("Picked up"))
        .toList();
  }
}

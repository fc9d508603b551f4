package io.bifrostfilter.sample.sdk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.bifrostfilter.sample.launcher.RunningSample;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The official OpenAI SDK for Node as it is, in a process of its own: openai-node.mjs makes the
 * calls, and this looks at what came back. Skipped where there is no Node, no npm or no network.
 */
@Timeout(180)
class OpenAiNodeTest {
  private static final String SDK = "openai@7.57.0";
  private static final String SCRIPT = "openai-node.mjs";

  @TempDir private static Path directory;
  private static RunningSample sample;
  private static JsonNode results;
  private static Optional<String> missing;

  @BeforeAll
  static void runTheScript() throws Exception {
    missing = install();
    if (missing.isPresent()) {
      return;
    }
    try (var script = OpenAiNodeTest.class.getResourceAsStream(SCRIPT)) {
      Files.copy(script, directory.resolve(SCRIPT));
    }
    sample = RunningSample.start();
    var run = run(List.of("node", SCRIPT, sample.uri("/v1").toString()), 60);
    assertThat(run.succeeded()).as(run.errors()).isTrue();
    results = RunningSample.JSON.readTree(run.output());
  }

  /** Before each, because a class that is skipped as a whole is not even counted as skipped. */
  @BeforeEach
  void skipWhatCannotRun() {
    assumeTrue(missing.isEmpty(), () -> "Skipped: " + missing.orElseThrow());
  }

  @AfterAll
  static void stop() {
    if (sample != null) {
      sample.close();
    }
  }

  @Test
  void aChatCompletionIsSubmittedAndPolled() {
    assertThat(results.at("/chat/job/choices")).isEmpty();
    assertThat(results.at("/chat/job/object").textValue()).isEqualTo("chat.completion");
    assertThat(results.at("/chat/answer/id").textValue()).startsWith("chatcmpl-");
    assertThat(results.at("/chat/answer/choices/0/message/content").textValue()).isNotBlank();
    assertThat(polls("chat")).isEqualTo(1);
  }

  @Test
  void aCompletionIsSubmittedAndPolled() {
    assertThat(results.at("/completion/job/choices")).isEmpty();
    assertThat(results.at("/completion/answer/choices/0/text").textValue()).isNotBlank();
  }

  /** The SDK asks for base64 unless told otherwise, and decodes it. */
  @Test
  void embeddingsAreSubmittedAndPolled() {
    var vectors = results.at("/embeddings/answer/data");
    assertThat(vectors).hasSize(2);
    assertThat(vectors.at("/1/embedding")).hasSizeGreaterThan(10).allMatch(JsonNode::isNumber);
  }

  @Test
  void aResponseIsSubmittedAndPolled() {
    assertThat(results.at("/response/job/output")).isEmpty();
    assertThat(results.at("/response/job/output_text").textValue()).isEmpty();
    assertThat(results.at("/response/answer/status").textValue()).isEqualTo("completed");
    assertThat(results.at("/response/answer/output_text").textValue()).isNotBlank();
  }

  @Test
  void speechComesBackAsBytes() {
    var speech = results.at("/speech/answer");
    assertThat(speech.path("type").textValue()).isEqualTo("audio/wav");
    assertThat(speech.path("begin").textValue()).isEqualTo("RIFF");
    assertThat(speech.path("size").intValue()).isGreaterThan(1000);
  }

  @Test
  void aTranscriptionIsUploadedAndPolled() {
    assertThat(results.at("/transcription/answer/text").textValue())
        .startsWith("Received rabbit.wav, 5 bytes");
  }

  @Test
  void aFailedJobRaisesTheTypedErrorAndIsNotRetried() {
    var error = results.at("/overloaded/error");
    assertThat(error.path("type").textValue()).isEqualTo("InternalServerError");
    assertThat(error.path("status").intValue()).isEqualTo(503);
    assertThat(error.path("code").textValue()).isEqualTo("overloaded");
    assertThat(error.path("message").textValue())
        .contains("The model 'bifrost-sample-flaky' is always overloaded.");
    assertThat(polls("overloaded")).isEqualTo(1);
  }

  @Test
  void aJobForAModelThatDoesNotExistRaisesNotFound() {
    var error = results.at("/unknown/error");
    assertThat(error.path("type").textValue()).isEqualTo("NotFoundError");
    assertThat(error.path("code").textValue()).isEqualTo("model_not_found");
    assertThat(error.path("param").textValue()).isEqualTo("model");
    assertThat(error.path("message").textValue())
        .contains("The model 'no-such-model' does not exist.");
    assertThat(polls("unknown")).isEqualTo(1);
  }

  /** So the count above tells a retry: without a job, the SDK does retry. */
  @Test
  void theSameFailureWithoutAJobIsRetried() {
    assertThat(sample.arrivalsWith("x-test", "direct")).isEqualTo(2);
  }

  private static long polls(String name) {
    return sample.arrivalsWith("x-bf-async-id", results.path(name).at("/job/id").textValue());
  }

  /** What there is not, if the SDK cannot be had here. */
  private static Optional<String> install() throws Exception {
    if (!run(List.of("node", "--version"), 20).succeeded()) {
      return Optional.of("there is no node to run the OpenAI SDK for Node with");
    }
    // Without this file, npm would look for a project further up and install there.
    Files.writeString(directory.resolve("package.json"), "{\"private\": true}");
    var npm = System.getProperty("os.name").startsWith("Windows") ? "npm.cmd" : "npm";
    // Without a network, no retries: skipping is soon done.
    var command =
        List.of(
            npm,
            "install",
            SDK,
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
            "--fetch-retries=0");
    var install = run(command, 90);
    return install.succeeded()
        ? Optional.empty()
        : Optional.of("npm cannot install %s: %s".formatted(SDK, install.errors()));
  }

  /** Runs a command to its end in the temporary directory; one that is not there has failed. */
  private static Run run(List<String> command, int seconds) throws Exception {
    var output = Files.createTempFile(directory, "out", ".txt");
    var errors = Files.createTempFile(directory, "err", ".txt");
    Process process;
    try {
      process =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectOutput(output.toFile())
              .redirectError(errors.toFile())
              .start();
    } catch (IOException e) {
      return new Run(false, "", String.valueOf(e.getMessage()));
    }
    try {
      var ended = process.waitFor(seconds, TimeUnit.SECONDS);
      return new Run(
          ended && process.exitValue() == 0,
          Files.readString(output, UTF_8),
          ended ? Files.readString(errors, UTF_8) : "not done in %d s".formatted(seconds));
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private record Run(boolean succeeded, String output, String errors) {}
}

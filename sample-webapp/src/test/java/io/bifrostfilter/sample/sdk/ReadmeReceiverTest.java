package io.bifrostfilter.sample.sdk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.bifrostfilter.sample.launcher.RunningSample;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The receivers of webhooks in the README, each as it stands there, in a process of its own.
 * Skipped where their language is not.
 */
@Timeout(60)
class ReadmeReceiverTest {

  private static final String TOKEN = "an-administrators-token";
  private static final String SETTING = "bifrost.async.webhooks.admin-token";
  private static final String PORT = "9000";
  private static final String BODY = "{\"event\":\"ours\",\"data\":{\"job_id\":\"ours\"}}";

  /** A block of code whose first line ends with the command that runs it. */
  private static final Pattern SNIPPET =
      Pattern.compile("(?s)```\\w+\\n([^\\n]*(?:#|//) (\\w+) (\\w+\\.\\w+)\\n.*?)```");

  @TempDir private Path directory;
  private RunningSample sample;
  private String api;
  private String endpoint;
  private String secret;
  private URI receiver;

  @BeforeEach
  void start() throws Exception {
    System.setProperty(SETTING, TOKEN);
    try {
      sample = RunningSample.start();
    } finally {
      System.clearProperty(SETTING);
    }
    api = sample.uri("/api/webhooks").toString();
    receiver = URI.create("http://localhost:" + freePort() + "/llm");
    JsonNode made =
        administrator(
            "",
            """
            {"name":"billing","url":"%s","allow_private_network":true,
             "events":["async_job.completed","async_job.failed"]}
            """
                .formatted(receiver));
    endpoint = made.at("/endpoint/id").textValue();
    secret = made.path("secret").textValue();
  }

  @AfterEach
  void stop() {
    sample.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"python3", "node", "java"})
  void aReceiverVerifiesWhatItIsTold(String language) throws Exception {
    MatchResult snippet = snippet(language);
    String command =
        language.equals("java") ? ProcessHandle.current().info().command().orElseThrow() : language;
    assumeTrue(isThere(command), () -> "Skipped: there is no " + language + " here");
    Path file = directory.resolve(snippet.group(3));
    assertThat(snippet.group(1)).containsOnlyOnce(PORT);
    Files.writeString(
        file, snippet.group(1).replace(PORT, Integer.toString(receiver.getPort())), UTF_8);
    Path errors = directory.resolve("errors.txt");
    var builder = new ProcessBuilder(command, file.toString()).redirectError(errors.toFile());
    builder.environment().put("WEBHOOK_SECRET", secret);
    Process process = builder.start();
    try (var output = process.inputReader(UTF_8)) {
      awaitReceiver(process, errors);
      assertThat(line(output)).contains("async_job.completed");

      JsonNode submitted =
          RunningSample.JSON.readTree(
              sample
                  .client()
                  .send(
                      sample
                          .request("/v1/async/chat/completions")
                          .header("x-bf-async-webhook", "billing")
                          .POST(
                              BodyPublishers.ofString(
                                  "{\"model\":\"bifrost-sample\",\"messages\":[{\"role\":\"user\","
                                      + "\"content\":\"Hi\"}]}"))
                          .build(),
                      BodyHandlers.ofString())
                  .body());

      assertThat(line(output))
          .contains("async_job.completed")
          .contains(submitted.path("id").textValue());
      assertThat(firstAttempt().path("outcome").textValue()).isEqualTo("delivered");
      assertThat(verdict("evt_1", Instant.now().getEpochSecond(), secret)).isEqualTo(204);
      assertThat(line(output)).contains("ours");
      assertThat(verdict("evt_1", Instant.now().getEpochSecond(), "whsec_" + "A".repeat(43) + "="))
          .isEqualTo(400);
      assertThat(verdict("evt_1", Instant.now().getEpochSecond() - 600, secret)).isEqualTo(400);
      assertThat(post(HttpRequest.newBuilder(receiver))).isEqualTo(400);
      assertThat(process.isAlive()).isTrue();
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  /** Until a delivery that is made up arrives. */
  private void awaitReceiver(Process process, Path errors) throws Exception {
    while (!administrator("/" + endpoint + "/test", "{}").path("delivered").booleanValue()) {
      if (!process.isAlive()) {
        throw new AssertionError("The receiver ended: " + Files.readString(errors, UTF_8));
      }
    }
  }

  /** Recorded a little after the receiver's answer. */
  private JsonNode firstAttempt() throws Exception {
    while (true) {
      JsonNode history = administrator("/" + endpoint + "/deliveries", null).path("deliveries");
      if (!history.isEmpty()) {
        return history.get(0);
      }
    }
  }

  /** What the receiver says of a call of ours, signed like that. */
  private int verdict(String id, long timestamp, String with) throws Exception {
    Mac mac = Mac.getInstance("HmacSHA256");
    byte[] key = Base64.getDecoder().decode(with.substring("whsec_".length()));
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    byte[] signature = mac.doFinal((id + '.' + timestamp + '.' + BODY).getBytes(UTF_8));
    return post(
        HttpRequest.newBuilder(receiver)
            .header("webhook-id", id)
            .header("webhook-timestamp", Long.toString(timestamp))
            .header("webhook-signature", "v1," + Base64.getEncoder().encodeToString(signature)));
  }

  private static int post(HttpRequest.Builder request) throws Exception {
    var client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    return client
        .send(request.POST(BodyPublishers.ofString(BODY)).build(), BodyHandlers.discarding())
        .statusCode();
  }

  /** A post, or a get if there is no body. */
  private JsonNode administrator(String path, String body) throws Exception {
    var request = HttpRequest.newBuilder(URI.create(api + path));
    if (body != null) {
      request.POST(BodyPublishers.ofString(body));
    }
    request.header("Authorization", "Bearer " + TOKEN);
    var answer = sample.client().send(request.build(), BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 201);
    return RunningSample.JSON.readTree(answer.body());
  }

  /** The next line that the receiver prints. */
  private static String line(BufferedReader output) throws Exception {
    var line =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return output.readLine();
              } catch (IOException e) {
                return "closed";
              }
            });
    return line.get(30, TimeUnit.SECONDS);
  }

  private static MatchResult snippet(String language) throws IOException {
    List<MatchResult> found =
        SNIPPET
            .matcher(Files.readString(Path.of("../README.md"), UTF_8))
            .results()
            .filter(match -> match.group(2).equals(language))
            .toList();
    assertThat(found).hasSize(1);
    return found.get(0);
  }

  private static boolean isThere(String command) throws InterruptedException {
    try {
      return new ProcessBuilder(command, "--version")
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}

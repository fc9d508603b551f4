package io.bifrostfilter;

import static io.bifrostfilter.testing.TestApp.CHAT;
import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.testing.Container;
import io.bifrostfilter.testing.Handler;
import io.bifrostfilter.testing.TestApp;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/**
 * What must not be in the log is not in it, at any level. Runs in a VM of its own, since levels are
 * set when one starts.
 */
class SecrecyTest {

  private static final List<String> SECRETS =
      List.of("s3cret-credential", "s3cret-prompt", "s3cret-result", "s3cret-key");

  @Test
  void noLogLineHoldsACredentialAPromptOrAResult() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"),
                "-cp",
                System.getProperty("java.class.path"),
                "-Dorg.slf4j.simpleLogger.log.io.bifrostfilter=trace",
                Traffic.class.getName())
            .redirectErrorStream(true)
            .start();
    var log = new StringBuilder();
    try (var lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      lines.lines().forEach(line -> log.append(line).append('\n'));
    }
    assertThat(process.waitFor()).as(log.toString()).isZero();
    // The log is on, and names jobs.
    assertThat(log).contains("was accepted for chat/completions").contains("DEBUG");
    assertThat(log).doesNotContain(SECRETS);
  }

  /** All kinds of requests and failures, each full of secrets. */
  static final class Traffic {

    private Traffic() {}

    public static void main(String[] args) {
      String body = "{\"model\":\"m\",\"messages\":[\"s3cret-prompt\"],\"fallbacks\":[\"other\"]}";
      String[] credential = {
        "Authorization", "Bearer s3cret-credential", "Idempotency-Key", "s3cret-key"
      };
      Handler ok = Handler.answeringJson("\"s3cret-result\"");
      Handler cut =
          (request, response) -> {
            response.setContentLength(99);
            response.getOutputStream().write("s3cret-result".getBytes(StandardCharsets.UTF_8));
            response.flushBuffer();
            throw new IOException("cut");
          };
      Handler failing = Handler.answering(500, "application/json", "\"s3cret-result\"");
      Handler slow = ok.after(new CountDownLatch(1));
      for (Handler handler : List.of(ok, cut, failing, slow)) {
        try (var app =
            TestApp.on(Container.JETTY)
                .config(
                    c ->
                        c.runTimeout(Duration.ofMillis(300))
                            .maxRequestSize(2000)
                            .drainTimeout(Duration.ZERO))
                .start(handler)) {
          String id = app.submit("chat/completions", body, credential);
          String[] poll = {"Authorization", "Bearer s3cret-credential"};
          app.whenChatDone(id, poll);
          app.post(CHAT, "", "x-bf-async-id", id, "Authorization", "Bearer s3cret-credential-2");
          app.post("/v1/async/chat/completions/" + id + "/cancel", "", poll);
          app.send("DELETE", "/v1/async/chat/completions/" + id, null, poll);
          app.post(CHAT, "{ s3cret-prompt", "x-bf-async", "true");
          app.post(CHAT, "s3cret-prompt".repeat(1000), "x-bf-async", "true");
          app.post(CHAT, body, "x-bf-async", "true", "x-bf-async-webhook", "s3cret-key");
          app.post(CHAT, body, "x-bf-async", "true", "x-bf-async-playback", "s3cret-credential");
          app.submit("chat/completions", body, credential);
        }
      }
    }
  }
}

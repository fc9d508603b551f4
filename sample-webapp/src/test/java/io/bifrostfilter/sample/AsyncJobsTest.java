package io.bifrostfilter.sample;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.bifrostfilter.sample.launcher.RunningSample;
import java.net.http.HttpResponse.BodyHandlers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The filter in the sample's own web.xml: what the README promises. */
@Timeout(60)
class AsyncJobsTest {
  private static final String CHAT =
      "'seed':7,'messages':[{'role':'user','content':'Do cats eat bats?'}]}";

  private static RunningSample sample;

  @BeforeAll
  static void start() throws Exception {
    sample = RunningSample.start();
  }

  @AfterAll
  static void stop() {
    sample.close();
  }

  @Test
  void aJobGivesTheAnswerThatWaitingForItGives() throws Exception {
    var body = "{'model':'bifrost-sample'," + CHAT;
    var direct = sample.answer("/v1/chat/completions", body);
    var job = job("chat/completions", body);
    assertThat(job.path("status").textValue()).isEqualTo("completed");
    assertThat(job.at("/result/choices")).isEqualTo(direct.path("choices"));
  }

  @Test
  void aFallbackAnswersForTheModelThatIsOverloaded() throws Exception {
    var failed = job("chat/completions", "{'model':'bifrost-sample-flaky'," + CHAT);
    assertThat(failed.path("status").textValue()).isEqualTo("failed");
    assertThat(failed.path("status_code").intValue()).isEqualTo(503);
    var saved =
        job(
            "chat/completions",
            "{'model':'bifrost-sample-flaky','fallbacks':['openai/bifrost-sample']," + CHAT);
    assertThat(saved.path("status").textValue()).isEqualTo("completed");
  }

  @Test
  void speechComesAsBase64InTheEnvelope() throws Exception {
    var job = job("audio/speech", "{'model':'bifrost-sample','input':'Oh dear!'}");
    assertThat(job.at("/result/content_type").textValue()).isEqualTo("audio/wav");
    assertThat(job.at("/result/audio").binaryValue()).startsWith("RIFF".getBytes(US_ASCII));
  }

  private static JsonNode job(String route, String body) throws Exception {
    var submitted = sample.post("/v1/async/" + route, body);
    assertThat(submitted.statusCode()).as(submitted.body()).isEqualTo(202);
    var poll = submitted.headers().firstValue("location").orElseThrow();
    var done =
        sample
            .client()
            .send(
                sample.request(poll).header("Prefer", "wait=30").build(), BodyHandlers.ofString());
    assertThat(done.statusCode()).as(done.body()).isEqualTo(200);
    return RunningSample.JSON.readTree(done.body());
  }
}

package io.bifrostfilter.sample.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.exception.InternalServerException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.openai.OpenAiChatModel;
import io.bifrostfilter.sample.launcher.RunningSample;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * LangChain4j's OpenAI chat model as it is, with nothing but custom headers. It throws when an
 * answer has no choices, as that of a job that is not done, and keeps the job's id to itself. So a
 * job is either waited for in the one call, or called for again under the same key, or submitted by
 * other means.
 */
@Timeout(60)
class LangChain4jTest {
  private static final String MODEL = "bifrost-sample";
  private static final String QUESTION = "Do cats eat bats?";
  private static final String NOT_DONE = "no choices returned";
  // Tells the requests of one test, the one that is played back among them.
  private static final String TEST = "x-test";

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
  void aCallThatIsReadyToWaitGetsTheAnswerOfItsJob() {
    var model = model(MODEL, Map.of("Prefer", "respond-async, wait=30", TEST, "wait"));
    assertThat(model.chat(QUESTION)).isNotBlank();
    assertThat(sample.arrivalsWith(TEST, "wait")).as("the call, and its playback").isEqualTo(2);
  }

  @Test
  void aSubmitIsAcceptedButItsAnswerRefused() {
    var model = model(MODEL, Map.of("x-bf-async", "true"));
    assertThatThrownBy(() -> model.chat(QUESTION))
        .isInstanceOf(InternalServerException.class)
        .hasMessageContaining(NOT_DONE);
    assertThat(sample.arrivalsWith("x-bf-async", "true")).isEqualTo(1);
  }

  @Test
  void aJobThatTakesLongerThanItsCallIsFoundAgainByItsIdempotencyKey() {
    var impatient =
        model(MODEL, Map.of("Prefer", "respond-async", "Idempotency-Key", "alice", TEST, "long"));
    assertThatThrownBy(() -> impatient.chat(QUESTION)).hasMessageContaining(NOT_DONE);
    var patient =
        model(
            MODEL,
            Map.of("Prefer", "respond-async, wait=30", "Idempotency-Key", "alice", TEST, "long"));
    assertThat(patient.chat(QUESTION)).isNotBlank();
    assertThat(sample.arrivalsWith(TEST, "long")).as("two calls, one playback").isEqualTo(3);
  }

  @Test
  void aJobSubmittedByOtherMeansIsPolled() throws Exception {
    var poll = poll(MODEL, submit(MODEL));
    assertThat(poll.chat(QUESTION)).isNotBlank();
  }

  /** It does not know {@code x-should-retry}; that it must not retry is for its user to say. */
  @Test
  void aFailedJobRaisesTheTypedError() throws Exception {
    var id = submit("bifrost-sample-flaky");
    var poll = poll("bifrost-sample-flaky", id);
    assertThatThrownBy(() -> poll.chat(QUESTION))
        .isInstanceOf(InternalServerException.class)
        .hasMessageContaining("The model 'bifrost-sample-flaky' is always overloaded.");
    assertThat(sample.arrivalsWith("x-bf-async-id", id)).isEqualTo(1);
  }

  @Test
  void aJobForAModelThatDoesNotExistRaisesModelNotFound() throws Exception {
    var poll = poll("no-such-model", submit("no-such-model"));
    assertThatThrownBy(() -> poll.chat(QUESTION))
        .isInstanceOf(ModelNotFoundException.class)
        .hasMessageContaining("The model 'no-such-model' does not exist.");
  }

  private static String submit(String model) throws Exception {
    var body =
        """
        {"model": "%s", "messages": [{"role": "user", "content": "%s"}]}\
        """
            .formatted(model, QUESTION);
    var request =
        sample
            .request("/v1/async/chat/completions")
            .header("Authorization", "Bearer my-key")
            .POST(BodyPublishers.ofString(body))
            .build();
    var answer = sample.client().send(request, BodyHandlers.ofString());
    return answer.headers().firstValue("x-bf-async-id").orElseThrow();
  }

  private static OpenAiChatModel poll(String model, String id) {
    return model(model, Map.of("x-bf-async-id", id, "Prefer", "wait=30"));
  }

  private static OpenAiChatModel model(String name, Map<String, String> headers) {
    return OpenAiChatModel.builder()
        .baseUrl(sample.uri("/v1").toString())
        .apiKey("my-key")
        .modelName(name)
        .maxRetries(0)
        .customHeaders(headers)
        .build();
  }
}

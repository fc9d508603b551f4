package io.bifrostfilter.sample.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bifrostfilter.sample.launcher.RunningSample;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.ai.chat.model.ChatResponse;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.ai.openai.OpenAiChatModel;
import org.springframework.ai.openai.OpenAiChatOptions;
import org.springframework.ai.openai.api.OpenAiApi;
import org.springframework.ai.retry.NonTransientAiException;
import org.springframework.ai.retry.TransientAiException;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.retry.support.RetryTemplate;
import org.springframework.web.client.RestClient;

/**
 * Spring AI's OpenAI chat model as it is, with nothing but HTTP headers in its options. It takes an
 * answer without choices for one without generations, and gives away its id.
 */
@Timeout(60)
class SpringAiTest {
  private static final String MODEL = "bifrost-sample";
  private static final String QUESTION = "Do cats eat bats?";
  private static final int ATTEMPTS = 2;
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
  void aJobIsSubmittedAndPolled() {
    var model = model(1);
    var id = submit(model, MODEL);
    var answer = poll(model, MODEL, id);
    assertThat(answer.getResult().getOutput().getText()).isNotBlank();
    assertThat(answer.getMetadata().getUsage().getTotalTokens()).isPositive();
    assertThat(sample.arrivalsWith("x-bf-async-id", id)).isEqualTo(1);
  }

  @Test
  void aCallThatIsReadyToWaitGetsTheAnswerOfItsJob() {
    var answer = call(model(1), MODEL, Map.of("Prefer", "respond-async, wait=60", TEST, "wait"));
    assertThat(answer.getResult().getOutput().getText()).isNotBlank();
    assertThat(sample.arrivalsWith(TEST, "wait")).as("the call, and its playback").isEqualTo(2);
  }

  @Test
  void aFailedJobRaisesTheErrorThatMayPass() {
    var model = model(1);
    var id = submit(model, "bifrost-sample-flaky");
    assertThatThrownBy(() -> poll(model, "bifrost-sample-flaky", id))
        .isInstanceOf(TransientAiException.class)
        .hasMessageContaining("The model 'bifrost-sample-flaky' is always overloaded.");
    assertThat(sample.arrivalsWith("x-bf-async-id", id)).isEqualTo(1);
  }

  /** It does not know {@code x-should-retry}; that it must not retry is for its user to say. */
  @Test
  void aFailedJobIsPolledAsOftenAsItsRetryTemplateSays() {
    var model = model(ATTEMPTS);
    var id = submit(model, "bifrost-sample-flaky");
    assertThatThrownBy(() -> poll(model, "bifrost-sample-flaky", id))
        .isInstanceOf(TransientAiException.class);
    assertThat(sample.arrivalsWith("x-bf-async-id", id)).isEqualTo(ATTEMPTS);
  }

  @Test
  void aJobForAModelThatDoesNotExistRaisesTheErrorThatStaysAndIsNotRetried() {
    var model = model(ATTEMPTS);
    var id = submit(model, "no-such-model");
    assertThatThrownBy(() -> poll(model, "no-such-model", id))
        .isInstanceOf(NonTransientAiException.class)
        .hasMessageContaining("The model 'no-such-model' does not exist.");
    assertThat(sample.arrivalsWith("x-bf-async-id", id)).isEqualTo(1);
  }

  private static String submit(OpenAiChatModel model, String name) {
    var job = call(model, name, Map.of("x-bf-async", "true"));
    assertThat(job.getResults()).isEmpty();
    return job.getMetadata().getId();
  }

  private static ChatResponse poll(OpenAiChatModel model, String name, String id) {
    return call(model, name, Map.of("x-bf-async-id", id, "Prefer", "wait=30"));
  }

  private static ChatResponse call(
      OpenAiChatModel model, String name, Map<String, String> headers) {
    // It adds to the map that it is given.
    var options = OpenAiChatOptions.builder().model(name).httpHeaders(new HashMap<>(headers));
    return model.call(new Prompt(QUESTION, options.build()));
  }

  /**
   * Its own retry template would wait for minutes between its attempts. The client streams bodies
   * in chunks, so that a poll is answered before it has sent its own.
   */
  private static OpenAiChatModel model(int attempts) {
    var rest = RestClient.builder().requestFactory(new JdkClientHttpRequestFactory());
    var api =
        OpenAiApi.builder()
            .baseUrl(sample.uri("").toString())
            .apiKey("my-key")
            .restClientBuilder(rest)
            .build();
    return OpenAiChatModel.builder()
        .openAiApi(api)
        .retryTemplate(
            RetryTemplate.builder()
                .maxAttempts(attempts)
                .retryOn(TransientAiException.class)
                .noBackoff()
                .build())
        .build();
  }
}

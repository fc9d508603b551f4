package io.bifrostfilter.sample.sdk;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.Headers;
import com.openai.errors.InternalServerException;
import com.openai.errors.NotFoundException;
import com.openai.models.audio.speech.SpeechCreateParams;
import com.openai.models.audio.transcriptions.TranscriptionCreateParams;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.embeddings.EmbeddingCreateParams;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseStatus;
import io.bifrostfilter.sample.launcher.RunningSample;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The official OpenAI SDK for Java as it is: jobs are submitted and polled with nothing but extra
 * headers on the calls it has anyway.
 */
@Timeout(60)
class OpenAiJavaTest {
  private static final String MODEL = "bifrost-sample";
  private static final String ASYNC = "x-bf-async";
  private static final String ASYNC_ID = "x-bf-async-id";
  private static final String PREFER = "Prefer";
  private static final String WAIT = "wait=30";

  private static RunningSample sample;
  private static OpenAIClient client;

  @BeforeAll
  static void start() throws Exception {
    sample = RunningSample.start();
    client =
        OpenAIOkHttpClient.builder().apiKey("my-key").baseUrl(sample.uri("/v1").toString()).build();
  }

  @AfterAll
  static void stop() {
    client.close();
    sample.close();
  }

  @Test
  void aChatCompletionIsSubmittedAndPolled() {
    var chat = client.chat().completions();
    var job = chat.create(chat(MODEL).putAdditionalHeader(ASYNC, "true").build());
    assertThat(UUID.fromString(job.id())).hasToString(job.id());
    assertThat(job.choices()).isEmpty();
    assertThat(job.model()).isEqualTo(MODEL);
    assertThat(job.created()).isPositive();
    assertThat(job.usage()).isEmpty();

    var answer = chat.create(chatPoll(MODEL, job.id()));
    answer.validate();
    assertThat(answer.id()).startsWith("chatcmpl-");
    assertThat(answer.choices().get(0).message().content())
        .hasValueSatisfying(OpenAiJavaTest::said);
    assertThat(answer.usage().orElseThrow().completionTokens()).isPositive();
    assertThat(sample.arrivalsWith(ASYNC_ID, job.id())).isEqualTo(1);
  }

  @Test
  void aJobThatIsNotDoneIsStillATypedAnswer() {
    var chat = client.chat().completions();
    var slow = chat(MODEL).putAdditionalHeader("x-sample-delay-ms", "2000");
    var job = chat.create(slow.putAdditionalHeader(ASYNC, "true").build());
    var poll = chat(MODEL).putAdditionalHeader(ASYNC_ID, job.id()).build();
    try (var raw = chat.withRawResponse().create(poll)) {
      assertThat(one(raw.headers(), "x-bf-async-status")).isIn("pending", "processing");
      var still = raw.parse();
      assertThat(still.id()).isEqualTo(job.id());
      assertThat(still.choices()).isEmpty();
    }
    // The server cannot stop before its handler is done.
    assertThat(chat.create(chatPoll(MODEL, job.id())).choices()).hasSize(1);
  }

  @Test
  void aCompletionIsSubmittedAndPolled() {
    var params =
        CompletionCreateParams.builder().model(MODEL).prompt("Down the rabbit hole").maxTokens(12);
    var job =
        client
            .completions()
            .create(params.build().toBuilder().putAdditionalHeader(ASYNC, "true").build());
    assertThat(job.choices()).isEmpty();
    var answer =
        client
            .completions()
            .create(
                params
                    .putAdditionalHeader(ASYNC_ID, job.id())
                    .putAdditionalHeader(PREFER, WAIT)
                    .build());
    answer.validate();
    said(answer.choices().get(0).text());
  }

  /** The type has no id, so the job's is taken from the header. */
  @Test
  void embeddingsAreSubmittedAndPolled() {
    var params =
        EmbeddingCreateParams.builder().model(MODEL).inputOfArrayOfStrings(List.of("cats", "bats"));
    String id;
    try (var raw =
        client
            .embeddings()
            .withRawResponse()
            .create(params.build().toBuilder().putAdditionalHeader(ASYNC, "true").build())) {
      id = one(raw.headers(), ASYNC_ID);
      var job = raw.parse();
      assertThat(job.data()).isEmpty();
      assertThat(job._additionalProperties().get("id").asStringOrThrow()).isEqualTo(id);
    }
    var answer =
        client
            .embeddings()
            .create(
                params.putAdditionalHeader(ASYNC_ID, id).putAdditionalHeader(PREFER, WAIT).build());
    answer.validate();
    assertThat(answer.data()).hasSize(2);
    assertThat(answer.data().get(1).embedding()).hasSizeGreaterThan(10);
  }

  @Test
  void aResponseIsSubmittedAndPolled() {
    var params = ResponseCreateParams.builder().model(MODEL).input("Do cats eat bats?");
    var job =
        client
            .responses()
            .create(params.build().toBuilder().putAdditionalHeader(ASYNC, "true").build());
    assertThat(job.output()).isEmpty();
    assertThat(job.createdAt()).isPositive();
    assertThat(job.status().orElseThrow().asString()).isEqualTo("pending");
    var answer =
        client
            .responses()
            .create(
                params
                    .putAdditionalHeader(ASYNC_ID, job.id())
                    .putAdditionalHeader(PREFER, WAIT)
                    .build());
    assertThat(answer.status()).hasValue(ResponseStatus.COMPLETED);
    said(answer.output().get(0).asMessage().content().get(0).asOutputText().text());
  }

  @Test
  void speechComesBackAsBytes() throws Exception {
    var params =
        SpeechCreateParams.builder()
            .model(MODEL)
            .voice("alloy")
            .input("Oh dear! I shall be late!")
            .responseFormat(SpeechCreateParams.ResponseFormat.WAV);
    String id;
    try (var job =
        client
            .audio()
            .speech()
            .create(params.build().toBuilder().putAdditionalHeader(ASYNC, "true").build())) {
      id = one(job.headers(), ASYNC_ID);
    }
    try (var answer =
        client
            .audio()
            .speech()
            .create(
                params
                    .putAdditionalHeader(ASYNC_ID, id)
                    .putAdditionalHeader(PREFER, WAIT)
                    .build())) {
      assertThat(one(answer.headers(), "content-type")).isEqualTo("audio/wav");
      assertThat(answer.body().readAllBytes())
          .startsWith("RIFF".getBytes(US_ASCII))
          .hasSizeGreaterThan(1000);
    }
  }

  /** The SDK reads a file once, so the poll is built anew; the server does not read it at all. */
  @Test
  void aTranscriptionIsUploadedAndPolled(@TempDir Path temp) throws Exception {
    var file = Files.write(temp.resolve("rabbit.wav"), new byte[] {1, 2, 3, 4, 5});
    var transcriptions = client.audio().transcriptions();
    String id;
    try (var job =
        transcriptions
            .withRawResponse()
            .create(transcription(file).putAdditionalHeader(ASYNC, "true").build())) {
      id = one(job.headers(), ASYNC_ID);
    }
    var answer =
        transcriptions.create(
            transcription(file)
                .putAdditionalHeader(ASYNC_ID, id)
                .putAdditionalHeader(PREFER, WAIT)
                .build());
    answer.validate();
    assertThat(answer.asTranscription().text()).startsWith("Received rabbit.wav, 5 bytes");
  }

  @Test
  void aFailedJobRaisesTheTypedErrorAndIsNotRetried() {
    var failure = failureOf("bifrost-sample-flaky", InternalServerException.class);
    assertThat(failure.statusCode()).isEqualTo(503);
    assertThat(failure.code()).hasValue("overloaded");
    assertThat(failure)
        .hasMessageContaining("The model 'bifrost-sample-flaky' is always overloaded.");
  }

  @Test
  void aJobForAModelThatDoesNotExistRaisesNotFound() {
    var failure = failureOf("no-such-model", NotFoundException.class);
    assertThat(failure.code()).hasValue("model_not_found");
    assertThat(failure.param()).hasValue("model");
    assertThat(failure).hasMessageContaining("The model 'no-such-model' does not exist.");
  }

  /** So the count above tells a retry: without a job, the SDK does retry. */
  @Test
  void theSameFailureWithoutAJobIsRetried() {
    var chat = client.withOptions(options -> options.maxRetries(1)).chat().completions();
    var direct = chat("bifrost-sample-flaky").putAdditionalHeader("x-test", "direct").build();
    assertThat(catchThrowableOfType(InternalServerException.class, () -> chat.create(direct)))
        .isNotNull();
    assertThat(sample.arrivalsWith("x-test", "direct")).isEqualTo(2);
  }

  private static <T extends Throwable> T failureOf(String model, Class<T> type) {
    var chat = client.chat().completions();
    var job = chat.create(chat(model).putAdditionalHeader(ASYNC, "true").build());
    var poll = chatPoll(model, job.id());
    var failure = catchThrowableOfType(type, () -> chat.create(poll));
    assertThat(failure).isNotNull();
    assertThat(sample.arrivalsWith(ASYNC_ID, job.id())).isEqualTo(1);
    return failure;
  }

  private static ChatCompletionCreateParams.Builder chat(String model) {
    return ChatCompletionCreateParams.builder().model(model).addUserMessage("Do cats eat bats?");
  }

  private static ChatCompletionCreateParams chatPoll(String model, String id) {
    return chat(model).putAdditionalHeader(ASYNC_ID, id).putAdditionalHeader(PREFER, WAIT).build();
  }

  private static TranscriptionCreateParams.Builder transcription(Path file) {
    return TranscriptionCreateParams.builder().model(MODEL).file(file);
  }

  private static String one(Headers headers, String name) {
    return headers.values(name).get(0);
  }

  private static void said(String text) {
    assertThat(text).isNotBlank();
  }
}

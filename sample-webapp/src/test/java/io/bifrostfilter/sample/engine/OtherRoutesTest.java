package io.bifrostfilter.sample.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.bifrostfilter.sample.launcher.RunningSample;
import java.io.ByteArrayInputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.stream.IntStream;
import javax.sound.sampled.AudioSystem;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class OtherRoutesTest {
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
  void similarTextsHaveCloseEmbeddingsOfLengthOne() throws Exception {
    var answer =
        sample.answer(
            "/v1/embeddings",
            "{'model':'bifrost-sample','input':['The White Rabbit ran down the hole',"
                + "'A white rabbit runs down a hole','Quarterly tax returns of companies']}");
    assertThat(answer.path("object").textValue()).isEqualTo("list");
    assertThat(answer.at("/usage/prompt_tokens").intValue()).isEqualTo(19);
    var one = vector(answer.at("/data/0/embedding"));
    var similar = vector(answer.at("/data/1/embedding"));
    var other = vector(answer.at("/data/2/embedding"));
    assertThat(one).hasSize(256);
    assertThat(TextEmbedder.cosine(one, one)).isCloseTo(1, within(1e-5));
    assertThat(TextEmbedder.cosine(one, similar)).isGreaterThan(0.5);
    assertThat(TextEmbedder.cosine(one, other)).isLessThan(0.3);
  }

  @Test
  void base64IsTheSameFloatsInLittleEndian() throws Exception {
    var asked = "'model':'bifrost-sample','input':'curiouser','dimensions':16";
    var floats = sample.answer("/v1/embeddings", "{" + asked + "}").at("/data/0/embedding");
    var base64 =
        sample
            .answer("/v1/embeddings", "{" + asked + ",'encoding_format':'base64'}")
            .at("/data/0/embedding");
    var decoded =
        ByteBuffer.wrap(Base64.getDecoder().decode(base64.textValue()))
            .order(ByteOrder.LITTLE_ENDIAN)
            .asFloatBuffer();
    var vector = new float[decoded.remaining()];
    decoded.get(vector);
    assertThat(vector).containsExactly(vector(floats));
    assertThat(TextEmbedder.cosine(vector, vector)).isCloseTo(1, within(1e-5));
  }

  @Test
  void rerankPutsTheClosestDocumentFirst() throws Exception {
    var answer =
        sample.answer(
            "/v1/rerank",
            "{'model':'bifrost-sample','query':'tea party','top_n':2,'return_documents':true,"
                + "'documents':['a deep well',{'text':'a mad tea party'},'parties']}");
    assertThat(answer.path("id").textValue()).isNotEmpty();
    assertThat(answer.path("results")).hasSize(2);
    assertThat(answer.at("/results/0/index").intValue()).isEqualTo(1);
    assertThat(answer.at("/results/0/document/text").textValue()).isEqualTo("a mad tea party");
    assertThat(answer.at("/results/0/relevance_score").doubleValue())
        .isGreaterThan(answer.at("/results/1/relevance_score").doubleValue())
        .isLessThanOrEqualTo(1);
    assertThat(answer.at("/usage/total_tokens").intValue()).isEqualTo(10);
  }

  @Test
  void rerankKeepsTheDocumentsToItselfUnlessAsked() throws Exception {
    var answer =
        sample.answer("/v1/rerank", "{'model':'bifrost-sample','query':'tea','documents':['tea']}");
    assertThat(answer.at("/results/0").has("document")).isFalse();
  }

  @Test
  void speechIsAWaveFileThatAnyPlayerReads() throws Exception {
    var response =
        speech("{'model':'bifrost-sample','input':'Oh dear! I shall be late!','voice':'alloy'}");
    assertThat(response.headers().firstValue("content-type")).hasValue("audio/wav");
    try (var audio = AudioSystem.getAudioInputStream(new ByteArrayInputStream(response.body()))) {
      assertThat(audio.getFormat().getChannels()).isEqualTo(1);
      assertThat(audio.getFormat().getSampleSizeInBits()).isEqualTo(16);
      assertThat(audio.getFormat().isBigEndian()).isFalse();
      assertThat(audio.getFrameLength() / audio.getFormat().getFrameRate()).isBetween(0.5f, 3f);
      assertThat(audio.readAllBytes()).hasSize(response.body().length - 44);
    }
  }

  @Test
  void pcmIsTheSameWithoutTheHeaderAndSpeedShortensIt() throws Exception {
    var asked = "'model':'bifrost-sample','input':'Oh dear! I shall be late!'";
    var wav = speech("{" + asked + "}").body();
    var pcm = speech("{" + asked + ",'response_format':'pcm'}").body();
    assertThat(pcm)
        .hasSize(wav.length - 44)
        .isEqualTo(java.util.Arrays.copyOfRange(wav, 44, wav.length));
    assertThat(speech("{" + asked + ",'speed':2}").body().length).isLessThan(wav.length * 6 / 10);
  }

  @Test
  void aTranscriptionSaysWhatItReceived() throws Exception {
    var response = transcribe(part("model", "bifrost-sample") + file());
    assertThat(response.body()).isEqualTo("{\"text\":\"Received late.mp3, 5 bytes, audio/mpeg.\"}");
    assertThat(
            transcribe(part("model", "bifrost-sample") + part("response_format", "text") + file())
                .body())
        .isEqualTo("Received late.mp3, 5 bytes, audio/mpeg.\n");
  }

  @Test
  void aTranscriptionNeedsAFileAModelAndAFormatThatIsKnown() throws Exception {
    assertError(
        transcribe(part("model", "bifrost-sample")), 400, "missing_required_parameter", "file");
    assertError(transcribe(file()), 400, "missing_required_parameter", "model");
    assertError(transcribe(part("model", "whisper-1") + file()), 404, "model_not_found", "model");
    assertError(
        transcribe(part("model", "bifrost-sample") + part("response_format", "srt") + file()),
        400,
        "invalid_value",
        "response_format");
    assertThat(sample.post("/v1/audio/transcriptions", "{}").statusCode()).isEqualTo(400);
  }

  @Test
  void theModelsAreListedAndFoundByName() throws Exception {
    var list = RunningSample.JSON.readTree(sample.get("/v1/models").body());
    assertThat(list.path("object").textValue()).isEqualTo("list");
    assertThat(list.path("data"))
        .extracting(model -> model.path("id").textValue())
        .containsExactly("bifrost-sample", "bifrost-sample-flaky");
    var one = RunningSample.JSON.readTree(sample.get("/v1/models/openai/bifrost-sample").body());
    assertThat(one).isEqualTo(list.at("/data/0"));
    assertThat(sample.get("/v1/models/openai%2Fbifrost-sample").statusCode()).isEqualTo(200);
    assertError(sample.get("/v1/models/gpt-4"), 404, "model_not_found", "model");
  }

  private static HttpResponse<byte[]> speech(String json) throws Exception {
    return sample
        .client()
        .send(
            sample
                .request("/v1/audio/speech")
                .POST(BodyPublishers.ofString(json.replace('\'', '"')))
                .build(),
            BodyHandlers.ofByteArray());
  }

  private static HttpResponse<String> transcribe(String parts) throws Exception {
    return sample
        .client()
        .send(
            sample
                .request("/v1/audio/transcriptions")
                .header("Content-Type", "multipart/form-data; boundary=XX")
                .POST(BodyPublishers.ofString(parts + "--XX--\r\n"))
                .build(),
            BodyHandlers.ofString());
  }

  private static String part(String name, String value) {
    return "--XX\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n"
        .formatted(name, value);
  }

  private static String file() {
    var lines =
        """
        --XX
        Content-Disposition: form-data; name="file"; filename="late.mp3"
        Content-Type: audio/mpeg

        12345
        """;
    return lines.replace("\n", "\r\n");
  }

  private static void assertError(
      HttpResponse<String> response, int status, String code, String param) throws Exception {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    var error = RunningSample.JSON.readTree(response.body()).path("error");
    assertThat(error.path("code").textValue()).isEqualTo(code);
    assertThat(error.path("param").textValue()).isEqualTo(param);
  }

  private static float[] vector(JsonNode array) {
    var vector = new float[array.size()];
    IntStream.range(0, array.size()).forEach(i -> vector[i] = array.get(i).floatValue());
    return vector;
  }
}

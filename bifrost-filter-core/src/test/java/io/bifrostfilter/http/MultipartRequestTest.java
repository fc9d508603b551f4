package io.bifrostfilter.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.job.Bytes;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is seen of a form as it stands (RFC 7578, RFC 2046 5.1). */
class MultipartRequestTest {

  private static final String TYPE = "multipart/form-data; boundary=XyZ";
  private static final String MODEL = part("model", "openai/whisper-1");
  private static final String FILE =
      "--XyZ\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.mp3\"\r\n"
          + "Content-Type: audio/mpeg\r\n\r\n";

  @Test
  void theFieldsOfAFormAreSeen() {
    RequestFacts facts = read(MODEL + FILE + "ID3\r\n" + part("prompt", "Hi") + "--XyZ--\r\n");

    assertThat(facts.model()).contains("openai/whisper-1");
    assertThat(facts.fields()).containsExactlyInAnyOrder("model", "file", "prompt");
    assertThat(facts.stream()).isFalse();
    assertThat(facts.streamFormat()).isEmpty();
    assertThat(facts.fallbacks()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "multipart/form-data; boundary=XyZ",
        "multipart/form-data;boundary=XyZ",
        "multipart/form-data; boundary=\"XyZ\"",
        "Multipart/Form-Data; Boundary=XyZ",
        "multipart/form-data; charset=utf-8; boundary=XyZ",
        "multipart/form-data; boundary=XyZ; charset=utf-8",
        "multipart/form-data; boundary=\"XyZ\";charset=utf-8",
      })
  void theBoundaryMayBeWrittenInManyWays(String contentType) {
    assertThat(MultipartRequest.isMultipart(contentType)).isTrue();
    assertThat(readAs(contentType, MODEL + "--XyZ--").flatMap(RequestFacts::model))
        .contains("openai/whisper-1");
  }

  @Test
  void aQuotedBoundaryMayHoldWhatAnUnquotedOneMayNot() {
    String form = MODEL.replace("XyZ", "X y;Z:") + "--X y;Z:--";

    assertThat(readAs("multipart/form-data; boundary=\"X y;Z:\"", form)).isPresent();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "multipart/form-data",
        "multipart/form-data; boundary=",
        "multipart/form-data; boundary=\"\"",
        "multipart/form-data; xboundary=XyZ",
        "multipart/form-data; boundary=abc",
        "multipart/form-data; boundary=xyz"
      })
  void aFormIsNotReadableWithoutItsBoundary(String contentType) {
    assertThat(readAs(contentType, MODEL + "--XyZ--\r\n")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"application/json", "", "multipart/mixed; boundary=XyZ", "form-data"})
  void otherTypesAreNoForms(String contentType) {
    assertThat(MultipartRequest.isMultipart(contentType)).isFalse();
  }

  @Test
  void aPreambleAndAnEpilogueAreIgnored() {
    RequestFacts facts = read("This is\r\na form.\r\n" + MODEL + "--XyZ--\r\nThat was all.");

    assertThat(facts.model()).contains("openai/whisper-1");
  }

  @Test
  void blanksAfterADelimiterAreIgnored() {
    String padded = MODEL.replaceFirst("--XyZ", "--XyZ \t ");

    assertThat(read(padded + "--XyZ--").model()).contains("openai/whisper-1");
  }

  @Test
  void aFormWithoutPartsHasNoFields() {
    assertThat(read("--XyZ--\r\n").fields()).isEmpty();
  }

  @Test
  void anEmptyPartIsAField() {
    RequestFacts facts = read(part("file", "") + MODEL + "--XyZ--");

    assertThat(facts.fields()).containsExactlyInAnyOrder("file", "model");
    assertThat(facts.model()).contains("openai/whisper-1");
  }

  @Test
  void anEmptyModelIsNoModel() {
    assertThat(read(part("model", "") + "--XyZ--").model()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x--XyZ",
        "data --XyZ\r\n data",
        "x--XyZ--",
        "\r\n --XyZ--",
        "\n--XyZ--\n",
        "\r--XyZ\r",
        "\r\n-XyZ\r\n",
        "\r\n--Xy",
        "\r\n--xyz--\r\n",
        "\r\n\r\n",
        "-\r\n-XyZ\r\nContent-Disposition: form-data; name=\"stream\"\r\n\r\ntrue"
      })
  void bytesOfAFileThatLookLikeABoundaryEndNothing(String content) {
    RequestFacts facts = read(FILE + content + "\r\n" + MODEL + "--XyZ--");

    assertThat(facts.fields()).containsExactlyInAnyOrder("file", "model");
    assertThat(facts.model()).contains("openai/whisper-1");
    assertThat(facts.substance()).contains(Bytes.of(content));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\r\n",
        "no form at all",
        "{\"model\":\"m\"}",
        "--XyZ",
        "--XyZ\r\n",
        "--XyZ\r\n--XyZ--",
        "--XyZ\r\n\r\n\r\n--XyZ--",
        "x--XyZ--",
        "--XyZ\nContent-Disposition: form-data; name=\"a\"\n\nb\n--XyZ--"
      })
  void whatIsNoFormIsNotReadable(String body) {
    assertThat(readAs(TYPE, body)).isEmpty();
  }

  @Test
  void aFormWithoutItsEndIsNotReadable() {
    assertThat(readAs(TYPE, MODEL)).isEmpty();
    assertThat(readAs(TYPE, MODEL + FILE + "half a fi")).isEmpty();
    assertThat(readAs(TYPE, MODEL + "--XyZ")).isEmpty();
    assertThat(readAs(TYPE, MODEL + "--XyZ-")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Disposition: form-data",
        "Content-Disposition: form-data; filename=\"a.mp3\"",
        "Content-Disposition: form-data; filename=name",
        "Content-Disposition: form-data; name",
        "Content-Type: text/plain; name=\"model\"",
        "X-Content-Disposition: form-data; name=\"model\""
      })
  void aPartWithoutANameMakesTheFormUnreadable(String header) {
    assertThat(readAs(TYPE, "--XyZ\r\n" + header + "\r\n\r\nvalue\r\n--XyZ--")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "content-disposition: form-data; name=\"file\"",
        "Content-Disposition: form-data; name=file",
        "Content-Disposition: form-data; NAME=\"file\"",
        "Content-Disposition: form-data; filename=\"name.mp3\"; name=\"file\"",
        "Content-Disposition: form-data; filename=a.mp3; name=file",
        "Content-Disposition: form-data; filename*=UTF-8''name; name=\"file\"",
        "Content-Type: text/plain; name=\"x\"\r\nContent-Disposition: form-data; name=\"file\""
      })
  void theNameOfAPartIsFoundWhereverItStands(String headers) {
    assertThat(read("--XyZ\r\n" + headers + "\r\n\r\nvalue\r\n--XyZ--").fields())
        .containsExactly("file");
  }

  @Test
  void aNameMayHoldAnEscapedQuote() {
    assertThat(read(part("a\\\"b", "c") + "--XyZ--").fields()).containsExactly("a\"b");
  }

  @Test
  void oneOfSeveralImagesIsAFieldUnderItsName() {
    String form = part("image[]", "1") + part("image[]", "2") + MODEL + "--XyZ--";

    assertThat(read(form).fields()).containsExactlyInAnyOrder("image[]", "model");
  }

  @ParameterizedTest
  @ValueSource(strings = {"true", "True", "TRUE"})
  void streamIsSeen(String value) {
    assertThat(read(part("stream", value) + "--XyZ--").stream()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"false", "", "1", "true.", "truetrue"})
  void noOtherValueStreams(String value) {
    assertThat(read(part("stream", value) + "--XyZ--").stream()).isFalse();
  }

  @Test
  void theStreamFormatIsSeen() {
    assertThat(read(part("stream_format", "sse") + "--XyZ--").streamFormat()).contains("sse");
  }

  @Test
  void aValueThatIsNoNameButAFileIsNoModel() {
    assertThat(read(part("model", "m".repeat(1025)) + "--XyZ--").model()).isEmpty();
  }

  @Test
  void theSameFormHasTheSameSubstanceUnderAnotherBoundary() {
    String form = MODEL + FILE + "ID3\r\n--XyZ--\r\n";
    RequestFacts one = read(form);
    RequestFacts other =
        readAs("multipart/form-data; boundary=other", form.replace("XyZ", "other")).orElseThrow();

    assertThat(other.substance()).isEqualTo(one.substance());
  }

  @Test
  void whateverDiffersInAFormDiffersInItsSubstance() {
    RequestFacts form = read(MODEL + FILE + "ID3\r\n--XyZ--");

    assertThat(read(MODEL + FILE + "ID4\r\n--XyZ--").substance()).isNotEqualTo(form.substance());
    assertThat(read(FILE + "ID3\r\n" + MODEL + "--XyZ--").substance())
        .isNotEqualTo(form.substance());
    assertThat(read(MODEL + FILE.replace("a.mp3", "b.mp3") + "ID3\r\n--XyZ--").substance())
        .isNotEqualTo(form.substance());
    assertThat(read(MODEL + "--XyZ--").substance()).isNotEqualTo(form.substance());
  }

  private static String part(String name, String value) {
    return "--XyZ\r\nContent-Disposition: form-data; name=\""
        + name
        + "\"\r\n\r\n"
        + value
        + "\r\n";
  }

  private static RequestFacts read(String form) {
    return readAs(TYPE, form).orElseThrow();
  }

  private static Optional<RequestFacts> readAs(String contentType, String form) {
    return MultipartRequest.read(contentType, Bytes.of(form));
  }
}

package io.bifrostfilter.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.bifrostfilter.job.Bytes;
import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is seen of a JSON body, and what is refused. */
class JsonRequestTest {

  // ---- what is seen

  @Test
  void modelAndFieldsAreSeen() {
    RequestFacts facts =
        read("{\"model\":\"openai/gpt-4o\",\"messages\":[{\"role\":\"user\"}],\"temperature\":1}");

    assertThat(facts.model()).contains("openai/gpt-4o");
    assertThat(facts.fields()).containsExactlyInAnyOrder("model", "messages");
    assertThat(facts.stream()).isFalse();
    assertThat(facts.streamFormat()).isEmpty();
    assertThat(facts.fallbacks()).isEmpty();
  }

  @Test
  void theBodyItselfIsTheSubstance() {
    Bytes body = Bytes.of(" {\"a\" : 1.0}\n");

    assertThat(JsonRequest.read(body).substance()).containsExactly(body);
  }

  @Test
  void aKeyMayBeWrittenWithEscapes() {
    assertThat(read("{\"mod\\u0065l\":\"a\\u002fb\"}").model()).contains("a/b");
    assertThat(read("{\"str\\u0065am\":true}").stream()).isTrue();
  }

  @Test
  void onlyTheTopLevelIsLookedAt() {
    RequestFacts facts =
        read(
            "{\"metadata\":{\"model\":\"m\",\"stream\":true,\"stream_format\":\"sse\","
                + "\"fallbacks\":[\"f\"],\"messages\":[]},\"list\":[{\"model\":\"n\","
                + "\"stream\":true,\"prompt\":\"p\"}]}");

    assertThat(facts.model()).isEmpty();
    assertThat(facts.stream()).isFalse();
    assertThat(facts.streamFormat()).isEmpty();
    assertThat(facts.fallbacks()).isEmpty();
    assertThat(facts.fields()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "1", "true", "[\"m\"]", "{\"model\":\"m\"}", "\"\"", "\" \\n\""})
  void aModelThatIsNoTextOrBlankIsNoModel(String value) {
    assertThat(read("{\"model\":" + value + "}").model()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"false", "null", "\"true\"", "1", "[true]", "{\"stream\":true}"})
  void onlyTrueStreams(String value) {
    assertThat(read("{\"stream\":true}").stream()).isTrue();
    assertThat(read("{\"stream\":" + value + "}").stream()).isFalse();
  }

  @Test
  void theStreamFormatIsSeen() {
    assertThat(read("{\"stream_format\":\"sse\"}").streamFormat()).contains("sse");
    assertThat(read("{\"stream_format\":[\"sse\"]}").streamFormat()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"messages", "prompt", "input", "query", "documents", "document", "model"})
  void aFieldThatIsNullIsNotThere(String name) {
    assertThat(read("{\"" + name + "\":null}").fields()).isEmpty();
    assertThat(read("{\"" + name + "\":\"\"}").fields()).containsExactly(name);
  }

  @Test
  void fallbacksAreReadInTheirOrder() {
    RequestFacts facts = read("{\"fallbacks\":[\"b/two\",\"a/one\",\"b/two\"],\"model\":\"m\"}");

    assertThat(facts.fallbacks()).containsExactly("b/two", "a/one", "b/two");
    assertThat(facts.model()).contains("m");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[1]", "[\"a\",null]", "[{\"model\":\"a\"}]", "[[\"a\"]]"})
  void fallbacksThatAreNoNamesAreTheApplicationsOwn(String value) {
    RequestFacts facts = read("{\"fallbacks\":" + value + ",\"model\":\"m\"}");

    assertThat(facts.fallbacks()).isEmpty();
    assertThat(facts.model()).contains("m");
  }

  @Test
  void moreThanSixteenFallbacksAreRefused() {
    String sixteen =
        IntStream.range(0, 16).mapToObj(i -> "\"m" + i + "\"").collect(Collectors.joining(","));

    assertThat(read("{\"fallbacks\":[" + sixteen + "]}").fallbacks()).hasSize(16);
    ApiError error = refused("{\"fallbacks\":[" + sixteen + ",\"m\"],\"model\":\"a/b\"}");
    assertThat(error.code()).isEqualTo("invalid_fallbacks");
    assertThat(error.model()).contains("a/b");
  }

  @Test
  void theNameOfAModelHasAnEnd() {
    String longest = "m".repeat(512);

    assertThat(read("{\"model\":\"" + longest + "\"}").model()).contains(longest);
    ApiError error = refused("{\"model\":\"" + longest + "m\"}");
    assertThat(error.code()).isEqualTo("invalid_model");
    assertThat(error.message()).contains("512").doesNotContain("mmm");
    assertThat(error.param()).contains("model");
    assertThat(error.model()).isEmpty();
    ApiError ofFallback = refused("{\"model\":\"a/b\",\"fallbacks\":[\"" + longest + "m\"]}");
    assertThat(ofFallback.code()).isEqualTo("invalid_model");
    assertThat(ofFallback.param()).contains("fallbacks");
    assertThat(ofFallback.model()).contains("a/b");
  }

  // ---- what is refused

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "\n\t",
        "null",
        "true",
        "1",
        "\"text\"",
        "[]",
        "[{\"model\":\"m\"}]",
        "model",
        "{",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,",
        "{\"a\":1,}",
        "{,}",
        "{\"a\" 1}",
        "{\"a\":1 \"b\":2}",
        "{a:1}",
        "{'a':1}",
        "{\"a\":'b'}",
        "{\"a\":b}",
        "{\"a\":undefined}",
        "{\"a\":NaN}",
        "{\"a\":Infinity}",
        "{\"a\":+1}",
        "{\"a\":01}",
        "{\"a\":.5}",
        "{\"a\":1.}",
        "{\"a\":1e}",
        "{\"a\":0x10}",
        "{\"a\":\"\n\"}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12g4\"}",
        "{\"a\":\"b}",
        "{\"a\":[1,]}",
        "{\"a\":[1}",
        "{\"a\":{]}",
        "{\"a\":[1,2",
        "{\"fallbacks\":[\"a\"",
        "{\"fallbacks\":[\"a\",",
        "{\"a\":1}}",
        "{\"a\":1}]",
        "{} {}",
        "{}{}",
        "{},",
        "{} null",
        "{} x",
        "{}\u0000",
        "// comment\n{}",
        "{/* comment */}",
        "# comment\n{}",
        "\u0000{}",
        "\uFEFF{}"
      })
  void whatIsNotOneWellFormedObjectIsRefused(String body) {
    assertInvalid(refused(body));
  }

  @ParameterizedTest
  @ValueSource(strings = {" {} ", "\t\r\n{}\n\n", "{\"a\":1}\n"})
  void whiteSpaceAroundTheObjectIsFine(String body) {
    assertThat(read(body).model()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"model\":\"a\",\"model\":\"b\"}",
        "{\"model\":\"a\",\"model\":\"a\"}",
        "{\"model\":\"a\",\"mod\\u0065l\":\"b\"}",
        "{\"stream\":false,\"x\":1,\"stream\":true}",
        "{\"a\":{\"b\":1,\"b\":2}}",
        "{\"a\":[[{\"b\":{\"c\":1,\"d\":2,\"c\":3}}]]}",
        "{\"\":1,\"\":2}"
      })
  void aKeyThatComesTwiceIsRefusedAtAnyDepth(String body) {
    ApiError error = refused(body);

    assertInvalid(error);
    assertThat(error.message()).contains("twice", "line 1");
  }

  @Test
  void theSameKeyMayComeInDifferentObjects() {
    assertThat(read("{\"a\":{\"b\":1},\"b\":{\"a\":1},\"c\":[{\"b\":1},{\"b\":1}]}").fields())
        .isEmpty();
  }

  @Test
  void aByteOrderMarkIsCalledByItsName() {
    assertThat(refused("\ufeff{}").message()).contains("a byte order mark");
  }

  @Test
  void nestingHasAnEnd() {
    // The object itself is the first level.
    assertThat(read("{\"a\":" + nested(499) + "}").fields()).isEmpty();
    assertThat(refused("{\"a\":" + nested(500) + "}").message())
        .contains("nested deeper than 500 levels at line 1, column 506");
    assertInvalid(refused("{\"a\":" + "{\"a\":".repeat(100_000)));
  }

  @Test
  void numbersAreOfAnySizeButNotOfAnyLength() {
    assertThat(read("{\"a\":1e999999999,\"b\":-1E-999999999}").fields()).isEmpty();
    assertThat(read("{\"a\":" + "9".repeat(1000) + "}").fields()).isEmpty();
    assertThat(refused("{\"a\":" + "9".repeat(1001) + "}").message())
        .contains("a number of more than 1000 digits at line 1");
    assertInvalid(refused("{\"a\":[0." + "9".repeat(100_000) + "]}"));
  }

  @Test
  void aTextMayBeAsLongAsTheBody() {
    assertThat(read("{\"prompt\":\"" + "x".repeat(25_000_000) + "\"}").fields())
        .containsExactly("prompt");
  }

  @Test
  void keysThatAreOpenAtOnceAreCounted() {
    assertThat(read("{" + keys(10_000) + "}").fields()).isEmpty();
    assertInvalid(refused("{" + keys(10_001) + "}"));
    assertInvalid(refused("{\"a\":{" + keys(10_000) + "}}"));
  }

  @Test
  void keysOfObjectsThatAreClosedDoNotCount() {
    String objects =
        Stream.generate(() -> "{" + keys(1_000) + "}").limit(50).collect(Collectors.joining(","));

    assertThat(read("{\"messages\":[" + objects + "]}").fields()).containsExactly("messages");
  }

  @Test
  void aKeyHasAnEnd() {
    assertThat(refused("{\"" + "k".repeat(60_000) + "\":1}").message())
        .contains("a key of more than 50000 characters at line 1");
  }

  static Stream<Charset> otherCharsets() {
    return Stream.of(
        StandardCharsets.UTF_16,
        StandardCharsets.UTF_16BE,
        StandardCharsets.UTF_16LE,
        Charset.forName("UTF-32"));
  }

  @ParameterizedTest
  @MethodSource("otherCharsets")
  void otherUnicodeEncodingsAreRefused(Charset charset) {
    assertInvalid(refused(Bytes.wrap("{\"model\":\"m\"}".getBytes(charset))));
  }

  static Stream<byte[]> noUtf8() {
    return Stream.of(
        new byte[] {(byte) 0xE4}, // a Latin-1 ä
        new byte[] {(byte) 0x80},
        new byte[] {(byte) 0xC3},
        new byte[] {(byte) 0xE2, (byte) 0x82},
        new byte[] {(byte) 0xF0, (byte) 0x9F, (byte) 0x98},
        new byte[] {(byte) 0xFF},
        new byte[] {(byte) 0xFE});
  }

  @ParameterizedTest
  @MethodSource("noUtf8")
  void bytesThatAreNoUtf8AreRefusedWhereverTheyStand(byte[] bytes) {
    assertInvalid(refused(around("{\"model\":\"", bytes, "\"}")));
    assertInvalid(refused(around("{\"skipped\":\"", bytes, "\"}")));
    assertInvalid(refused(around("{\"skipped\":[{\"a\":\"", bytes, "\"}]}")));
    assertInvalid(refused(around("{\"", bytes, "\":1}")));
  }

  @Test
  void textInUtf8IsRead() {
    assertThat(read("{\"model\":\"größe/€/😀\",\"ключ\":\"值\"}").model()).contains("größe/€/😀");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"key\":\"sk-SECRET\",\"key\":\"sk-SECRET\"}",
        "{\"sk-SECRET\":1,\"sk-SECRET\":2}",
        "{\"key\":sk-SECRET}",
        "{\"key\":\"sk-SECRET\"",
        "{\"key\":\"sk-SECRET",
        "{\"key\":\"\\sk-SECRET\"}",
        "sk-SECRET",
        "{} sk-SECRET",
        "{sk-SECRET}",
        "\"sk-SECRET\""
      })
  void aRefusalNeverQuotesTheBody(String body) {
    assertThat(refused(body).message()).doesNotContain("SECRET").doesNotContain("sk-");
  }

  @Test
  void aRefusalSaysWhere() {
    assertThat(refused("{\n  \"a\": 1,\n  \"b\": oops\n}").message()).contains("line 3");
  }

  private static String nested(int depth) {
    return "[".repeat(depth) + "]".repeat(depth);
  }

  private static String keys(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> "\"k" + i + "\":0")
        .collect(Collectors.joining(","));
  }

  private static Bytes around(String before, byte[] bytes, String after) {
    var out = new ByteArrayOutputStream();
    out.writeBytes(before.getBytes(StandardCharsets.UTF_8));
    out.writeBytes(bytes);
    out.writeBytes(after.getBytes(StandardCharsets.UTF_8));
    return Bytes.wrap(out.toByteArray());
  }

  private static RequestFacts read(String body) {
    return JsonRequest.read(Bytes.of(body));
  }

  private static ApiError refused(String body) {
    return refused(Bytes.of(body));
  }

  private static ApiError refused(Bytes body) {
    ApiError error = catchThrowableOfType(ApiError.class, () -> JsonRequest.read(body));
    assertThat(error).as("the refusal").isNotNull();
    return error;
  }

  private static void assertInvalid(ApiError error) {
    assertThat(error.statusCode()).isEqualTo(400);
    assertThat(error.code()).isEqualTo("invalid_json");
    assertThat(error.message()).contains("Send one JSON object in UTF-8.");
  }
}

package io.bifrostfilter.recording;

import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.job.Bytes;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What may stand, as it is, within other JSON. */
class JsonTextTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "[]",
        "null",
        "true",
        "false",
        "0",
        "-0.0",
        "1e400",
        "12345678901234567890.123456789",
        "\"\"",
        "\"text\"",
        "\"\\u0000\\ud83d\\ude00\\/\"",
        "\"größe €😀\u2028\"",
        "\"\u007f\"",
        " {} ",
        "\r\n\t[1]\n",
        "{\"a\":1,\"a\":2}",
        "[[[[{\"a\":[null]}]]]]"
      })
  void oneJsonValueInUtf8IsWellFormed(String text) {
    assertThat(JsonText.isWellFormed(Bytes.of(text))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "\u0000",
        "tru",
        "truex",
        "nul",
        "01",
        "1.",
        "-",
        "+1",
        "NaN",
        "1 2",
        "1,",
        "{} {}",
        "{}x",
        "{}\u0000",
        "[1]]",
        "{",
        "}",
        "[",
        "[1",
        "[1,]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1",
        "{\"a\":1,}",
        "{a:1}",
        "{'a':1}",
        "\"",
        "\"text",
        "\"a\nb\"",
        "\"\u0001\"",
        "\"\\x\"",
        "\"\\u12\"",
        "// no\n{}",
        "/* no */ {}",
        "\u00a0{}",
        "event: message\ndata: {}\n\n",
        "<html></html>"
      })
  void anythingElseIsNot(String text) {
    assertThat(JsonText.isWellFormed(Bytes.of(text))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "80", // a continuation without a start
        "c3", // a start without its continuation
        "e282",
        "f09f98",
        "c328",
        "c0af", // overlong slashes
        "e080af",
        "f08080af",
        "c080", // an overlong zero
        "c1bf",
        "e09fbf",
        "f08fbfbf",
        "eda080", // surrogates
        "edbfbf",
        "eda0bdedb880", // a pair of them
        "f4908080", // beyond Unicode
        "f5808080",
        "f888808080",
        "fc8480808080",
        "fe",
        "ff"
      })
  void bytesThatAreNoUtf8AreNotWellFormedWhereverTheyStand(String hex) {
    String bytes = HexFormat.of().formatHex("\"".getBytes(StandardCharsets.UTF_8)) + hex + "22";

    assertThat(wellFormedHex(bytes)).as("in a text").isFalse();
    assertThat(wellFormedHex("7b" + bytes + "3a317d")).as("in a key").isFalse();
    assertThat(wellFormedHex("7b7d" + hex)).as("after all").isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"22c3a422", "22e282ac22", "22f09f988022", "22efbfbf22", "22f48fbfbf22"})
  void theLimitsOfUtf8AreWithinIt(String hex) {
    assertThat(wellFormedHex(hex)).isTrue();
  }

  @Test
  void aByteOrderMarkIsNoJson() {
    assertThat(wellFormedHex("efbbbf7b7d")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-16", "UTF-16BE", "UTF-16LE", "UTF-32", "UTF-32LE"})
  void otherEncodingsAreNotWellFormed(String charset) {
    byte[] bytes = "{\"a\":1}".getBytes(Charset.forName(charset));

    assertThat(JsonText.isWellFormed(Bytes.wrap(bytes))).isFalse();
  }

  @Test
  void aBadByteIsFoundFarIntoALongText() {
    byte[] bytes = ("\"" + "ä".repeat(100_000) + "\"").getBytes(StandardCharsets.UTF_8);
    assertThat(JsonText.isWellFormed(Bytes.wrap(bytes))).isTrue();

    byte[] bad = bytes.clone();
    bad[bad.length - 2] = 'x';
    assertThat(JsonText.isWellFormed(Bytes.wrap(bad))).isFalse();
  }

  @Test
  void nestingHasAnEnd() {
    assertThat(JsonText.isWellFormed(Bytes.of("[".repeat(10_000) + "]".repeat(10_000)))).isTrue();
    assertThat(JsonText.isWellFormed(Bytes.of("[".repeat(10_001) + "]".repeat(10_001)))).isFalse();
    assertThat(JsonText.isWellFormed(Bytes.of("[".repeat(1_000_000)))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/json",
        "Application/JSON",
        " application/json ; charset=utf-8",
        "text/json",
        "application/problem+json",
        "application/vnd.api+JSON; v=1"
      })
  void jsonTypesAreKnown(String type) {
    assertThat(JsonText.isJsonType(type)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "text/plain",
        "application/jsonl",
        "application/x-ndjson",
        "text/event-stream",
        "text/plain; type=application/json",
        "json"
      })
  void otherTypesAreNot(String type) {
    assertThat(JsonText.isJsonType(type)).isFalse();
  }

  private static boolean wellFormedHex(String hex) {
    return JsonText.isWellFormed(Bytes.wrap(HexFormat.of().parseHex(hex)));
  }
}

package io.bifrostfilter.recording;

import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.job.Bytes;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The request that is sent again with another model. */
class RequestJsonTest {

  @Test
  void theModelIsReplaced() {
    assertThat(forModel("{\"model\":\"a\",\"messages\":[]}"))
        .isEqualTo("{\"model\":\"b/new\",\"messages\":[]}");
  }

  @Test
  void aModelIsPutInWhereThereWasNone() {
    assertThat(forModel("{\"messages\":[]}")).isEqualTo("{\"model\":\"b/new\",\"messages\":[]}");
    assertThat(forModel("{}")).isEqualTo("{\"model\":\"b/new\"}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"fallbacks\":[\"x\"],\"model\":\"a\",\"messages\":[]}",
        "{\"model\":\"a\",\"fallbacks\":[\"x\",\"y\"],\"messages\":[]}",
        "{\"model\":\"a\",\"messages\":[],\"fallbacks\":[\"x\"]}",
        "{ \"messages\":[] , \"fallbacks\" : [ ] , \"model\" : \"a\" }",
        "{\"fallbacks\":null,\"messages\":[]}",
        "{\"fallbacks\":{\"a\":[{}]},\"messages\":[]}",
      })
  void fallbacksAreRemovedWhereverTheyStand(String body) {
    assertThat(forModel(body)).isEqualTo("{\"model\":\"b/new\",\"messages\":[]}");
  }

  @Test
  void keysThatAreWrittenWithEscapesAreTheSameKeys() {
    assertThat(forModel("{\"mod\\u0065l\":\"a\",\"\\u0066allbacks\":[\"x\"],\"n\":1}"))
        .isEqualTo("{\"model\":\"b/new\",\"n\":1}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"a\":1.10",
        "\"a\":100000000000000000000000000000000001",
        "\"a\":1E+400",
        "\"a\":-0.0",
        "\"a\":\"\\u0041\\/\\n\"",
        "\"\\u0061\":true",
        "\"a\" : \n\t false",
        "\"a\":null",
        "\"a\":\"größe €😀\"",
        "\"größe\":\"\\ud83d\\ude00\"",
        "\"a\":[1, 2 ,\n3 ]",
        "\"a\":{ \"model\":\"inner\", \"fallbacks\":[ \"inner\" ] }",
        "\"a\":\"\"",
        "\"\":\"\"",
        "\"a\":[],\"b\":{},\"c\":0",
        "\"models\":\"a\",\"Model\":\"b\",\"fallback\":[]"
      })
  void everyOtherMemberIsCopiedByteForByte(String members) {
    assertThat(forModel("{" + members + "}")).isEqualTo("{\"model\":\"b/new\"," + members + "}");
    assertThat(forModel("{" + members + ",\"model\":\"a\"}"))
        .isEqualTo("{\"model\":\"b/new\"," + members + "}");
  }

  @Test
  void membersAreCopiedWholeWhereverTheParsersBuffersEnd() {
    // The parser reads in pieces of some thousand bytes; each token has to straddle an end of one.
    String tail = "\"größe\":\"a😀b\",\"n\":-12.50e+10,\"t\":true,\"l\":[1,{\"x\":null}]";
    for (int length = 7_850; length < 8_050; length++) {
      String members = "\"pad\":\"" + "x".repeat(length) + "\"," + tail;

      assertThat(forModel("{" + members + ",\"fallbacks\":[\"f\"],\"model\":\"a\"}"))
          .isEqualTo("{\"model\":\"b/new\"," + members + "}");
    }
  }

  @Test
  void membersAreCopiedWholeFromALargeBody() {
    String image = "A".repeat(3_000_000);
    String members = "\"image\":\"" + image + "\",\"image2\":\"" + image + "\",\"n\":1.0";

    assertThat(forModel("{\"model\":\"a\"," + members + "}"))
        .isEqualTo("{\"model\":\"b/new\"," + members + "}");
  }

  @Test
  void theNameOfTheModelIsEscapedWhereItMustBe() {
    Bytes body = RequestJson.forModel(Bytes.of("{\"model\":\"a\"}"), "a\"b\\c\n/größe");

    assertThat(body.asText()).isEqualTo("{\"model\":\"a\\\"b\\\\c\\n/größe\"}");
  }

  @Test
  void aPartOfLargerBytesIsReadAsItsOwn() {
    Bytes larger = Bytes.of("xxxx{\"model\":\"a\",\"n\":1}xxxx");

    assertThat(RequestJson.forModel(larger.slice(4, larger.size() - 4), "b/new").asText())
        .isEqualTo("{\"model\":\"b/new\",\"n\":1}");
  }

  private static String forModel(String body) {
    Bytes result = RequestJson.forModel(Bytes.of(body), "b/new");
    assertThat(JsonText.isWellFormed(result)).isTrue();
    return result.asText();
  }
}

package io.bifrostfilter.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The {@code Prefer} field (RFC 7240). */
class PreferencesTest {

  @Test
  void noFieldIsNoPreference() {
    assertThat(parse()).isEqualTo(new Preferences(false, Optional.empty(), List.of()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "respond-async",
        "Respond-Async",
        " respond-async ",
        "respond-async;foo=bar",
        "return=minimal, respond-async",
        ",,respond-async,",
        "respond-async=\"\""
      })
  void respondAsyncIsUnderstoodHoweverItIsWritten(String field) {
    assertThat(parse(field).respondAsync()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ",",
        "respond",
        "respond-asynchronously",
        "x=\"respond-async\"",
        "x=\"a, respond-async\"",
        "x=\"a\\\", respond-async\"",
        "x; respond-async",
        "\"respond-async\""
      })
  void whatOnlyLooksLikeRespondAsyncIsNot(String field) {
    assertThat(parse(field).respondAsync()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '|',
      value = {
        "wait=10,10",
        "WAIT=10,10",
        "wait = 10,10",
        "wait=\"10\",10",
        "wait=10;foo=bar,10",
        "|respond-async, wait=10|,10",
        "|x=\"a, wait=5\", wait=10|,10",
        "wait=0,0",
        "wait=007,7",
        "wait=999999999,999999999",
      })
  void theSecondsToWaitAreRead(String field, int seconds) {
    assertThat(parse(field).waitSeconds()).contains(seconds);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "wait=1000000000",
        "wait=2147483648",
        "wait=99999999999999999999999999999999",
        "wait=\"99999999999\""
      })
  void aWaitTooLongForAnIntIsTheLongest(String field) {
    assertThat(parse(field).waitSeconds()).contains(Integer.MAX_VALUE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "wait",
        "wait=",
        "wait=\"\"",
        "wait=\"",
        "wait=-5",
        "wait=+5",
        "wait=1.5",
        "wait=1e3",
        "wait=ten",
        "wait=1 0",
        "wait=\u0661\u0660",
        "waiting=10",
        "x;wait=10",
        "x=\"wait=10\""
      })
  void whatIsNoNumberOfSecondsIsNoWait(String field) {
    assertThat(parse(field).waitSeconds()).isEmpty();
  }

  @Test
  void theFirstWaitCounts() {
    assertThat(parse("wait=10, wait=20").waitSeconds()).contains(10);
    assertThat(parse("wait=10", "wait=20").waitSeconds()).contains(10);
    assertThat(parse("wait=ten, wait=20").waitSeconds()).isEmpty();
  }

  @Test
  void preferencesMayBeSpreadOverFields() {
    Preferences preferences = parse("return=minimal", "wait=3", "respond-async");

    assertThat(preferences.respondAsync()).isTrue();
    assertThat(preferences.waitSeconds()).contains(3);
  }

  @Test
  void allOtherPreferencesRemainAsWritten() {
    Preferences preferences =
        parse("respond-async, return=\"a, b\"; c=\"d;e\" ,wait=3", "handling=lenient");

    assertThat(preferences.others())
        .containsExactly("return=\"a, b\"; c=\"d;e\"", "handling=lenient");
    assertThat(preferences.withoutAsync()).contains("return=\"a, b\"; c=\"d;e\", handling=lenient");
  }

  @Test
  void nothingRemainsOfAPurelyAsynchronousPreference() {
    assertThat(parse("respond-async, wait=10", "wait=20").withoutAsync()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"", "\\", "x=\"\\", ";", "=", ";;,,==", "wait==1", "\"\"\"", ", ,"})
  void garbageIsNoPreferenceAndNoError(String field) {
    Preferences preferences = parse(field);

    assertThat(preferences.respondAsync()).isFalse();
    assertThat(preferences.waitSeconds()).isEmpty();
  }

  private static Preferences parse(String... fields) {
    return Preferences.parse(List.of(fields));
  }
}

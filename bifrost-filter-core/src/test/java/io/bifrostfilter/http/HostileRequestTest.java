package io.bifrostfilter.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.bifrostfilter.job.Bytes;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that are made to be read one way here and another way behind us. */
class HostileRequestTest {

  @Test
  void zerosBeforeANumberOfSecondsDoNotMakeItHuge() {
    assertThat(Preferences.parse(List.of("wait=0000000010")).waitSeconds()).contains(10);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "form-data; filename=\"my name=cat.png\"; name=\"image\"",
        "form-data; filename=\"a; name=stream\"; name=\"image\""
      })
  void aFileNameThatHoldsTheWordNameIsNotTheName(String disposition) {
    String form = "--b\r\nContent-Disposition: " + disposition + "\r\n\r\nx\r\n--b--\r\n";

    assertThat(
            MultipartRequest.read("multipart/form-data; boundary=b", Bytes.of(form))
                .orElseThrow()
                .fields())
        .containsExactly("image");
  }

  @Test
  void streamCountsWhicheverOfItsRepeatsIsTrue() {
    String part = "--b\r\nContent-Disposition: form-data; name=\"stream\"\r\n\r\n";
    String form = part + "true\r\n" + part + "false\r\n--b--\r\n";

    assertThat(
            MultipartRequest.read("multipart/form-data; boundary=b", Bytes.of(form))
                .orElseThrow()
                .stream())
        .isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"c1af", "c080", "e080af", "eda080", "eda0bdedb880", "f4908080", "f08080af"})
  void overlongFormsAndSurrogatesAreNoUtf8InARequestEither(String hex) {
    // {"messages":"…"}
    String text = "7b226d65737361676573223a22" + hex + "227d";
    Bytes body = Bytes.wrap(HexFormat.of().parseHex(text));

    assertThat(catchThrowableOfType(ApiError.class, () -> JsonRequest.read(body))).isNotNull();
  }

  @Test
  void anOverlongKeyIsNotReadAsTheKeyThatItImitates() {
    // {"m\xC1\xAFdel":"x"}, which no other parser reads as "model".
    Bytes body = Bytes.wrap(HexFormat.of().parseHex("7b226dc1af64656c223a2278227d"));

    assertThat(catchThrowableOfType(ApiError.class, () -> JsonRequest.read(body))).isNotNull();
  }
}

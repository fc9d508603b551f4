package io.bifrostfilter.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Times as clients read them. */
class Rfc3339Test {

  @ParameterizedTest
  @CsvSource({
    "2026-02-19T08:10:17.831999999Z, 2026-02-19T08:10:17.831Z",
    "2026-02-19T08:10:17Z, 2026-02-19T08:10:17.000Z",
    "2026-02-19T00:00:00Z, 2026-02-19T00:00:00.000Z",
    "2024-02-29T23:59:59.999Z, 2024-02-29T23:59:59.999Z",
    "1970-01-01T00:00:00.007Z, 1970-01-01T00:00:00.007Z",
    "9999-12-31T23:59:59.999Z, 9999-12-31T23:59:59.999Z",
    // Nobody's clock says so, but what is written is still what is meant.
    "1969-12-31T23:59:59.999Z, 1969-12-31T23:59:59.999Z",
    "+10000-01-01T00:00:00Z, +10000-01-01T00:00:00.000Z"
  })
  void theyHaveMillisecondsAndNothingFiner(Instant time, String text) {
    assertThat(Rfc3339.text(time)).isEqualTo(text);
  }

  @Test
  void theyAreWhatTheFormatterOfThePlatformWrites() {
    var formatter = new DateTimeFormatterBuilder().appendInstant(3).toFormatter(Locale.ROOT);
    var random = new Random(7);
    for (int i = 0; i < 10_000; i++) {
      Instant time =
          Instant.ofEpochSecond(
              random.nextLong(Instant.parse("9999-12-31T23:59:59Z").getEpochSecond()),
              random.nextInt(1_000_000_000));
      assertThat(Rfc3339.text(time)).isEqualTo(formatter.format(time));
    }
    assertThat(Rfc3339.text(Instant.MAX)).isEqualTo(formatter.format(Instant.MAX));
    assertThat(Rfc3339.text(Instant.MIN)).isEqualTo(formatter.format(Instant.MIN));
  }
}

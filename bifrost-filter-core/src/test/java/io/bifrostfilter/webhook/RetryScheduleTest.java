package io.bifrostfilter.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.delivery.AttemptOutcome;
import io.bifrostfilter.delivery.EndpointSettings;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetryScheduleTest {

  private static final EndpointSettings ENDPOINT =
      EndpointSettings.builder("billing", URI.create("https://hooks.example/")).build();

  @ParameterizedTest
  @CsvSource({"1, 30", "2, 60", "3, 120", "4, 240", "6, 960", "7, 1800", "8, 1800", "101, 1800"})
  void eachWaitIsTwiceTheOneBeforeUpToTheMaximum(int attemptNo, long seconds) {
    assertThat(new RetrySchedule(() -> 0.5).delay(ENDPOINT, attemptNo, null))
        .isEqualTo(Duration.ofSeconds(seconds));
  }

  @Test
  void aWaitIsAFifthLongerOrShorterAtMost() {
    assertThat(new RetrySchedule(() -> 0).delay(ENDPOINT, 1, null))
        .isEqualTo(Duration.ofSeconds(24));
    assertThat(new RetrySchedule(() -> 1).delay(ENDPOINT, 1, null))
        .isEqualTo(Duration.ofSeconds(36));
  }

  @ParameterizedTest
  @CsvSource({"1, 30", "30, 30", "31, 31", "86400, 86400", "86401, 86400", "999999999, 86400"})
  void aReceiverIsLeftAloneForAsLongAsItAsksAndADayAtMost(long asked, long seconds) {
    assertThat(new RetrySchedule(() -> 0.5).delay(ENDPOINT, 1, Duration.ofSeconds(asked)))
        .isEqualTo(Duration.ofSeconds(seconds));
  }

  @ParameterizedTest
  @CsvSource({
    "200, 1, DELIVERED",
    "204, 5, DELIVERED",
    "299, 1, DELIVERED",
    "199, 1, PERMANENT_FAILURE",
    "300, 1, PERMANENT_FAILURE",
    "404, 1, PERMANENT_FAILURE",
    "408, 1, RETRYABLE_FAILURE",
    "429, 4, RETRYABLE_FAILURE",
    "500, 4, RETRYABLE_FAILURE",
    "500, 5, EXHAUSTED",
    "599, 6, EXHAUSTED",
    "600, 1, PERMANENT_FAILURE"
  })
  void anAnswerSaysWhatFollows(int statusCode, int attemptNo, AttemptOutcome outcome) {
    assertThat(RetrySchedule.outcome(ENDPOINT, attemptNo, Answer.of(statusCode, null)))
        .isEqualTo(outcome);
  }

  @Test
  void silenceIsTriedAgainAndARefusalIsNot() {
    assertThat(RetrySchedule.outcome(ENDPOINT, 1, Answer.none("no")))
        .isEqualTo(AttemptOutcome.RETRYABLE_FAILURE);
    assertThat(RetrySchedule.outcome(ENDPOINT, 5, Answer.none("no")))
        .isEqualTo(AttemptOutcome.EXHAUSTED);
    assertThat(RetrySchedule.outcome(ENDPOINT, 1, Answer.refused("no")))
        .isEqualTo(AttemptOutcome.PERMANENT_FAILURE);
  }
}

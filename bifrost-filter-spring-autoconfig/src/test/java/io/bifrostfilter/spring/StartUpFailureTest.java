package io.bifrostfilter.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** Who starts the application reads what to change, and not a stack trace. */
@ExtendWith(OutputCaptureExtension.class)
class StartUpFailureTest {

  @Test
  void aValueThatTheCoreRefusesIsExplained(CapturedOutput output) {
    failsToStart("bifrost.async.lease=10ms");

    assertThat(output)
        .contains("APPLICATION FAILED TO START")
        .contains(
            "bifrost.async.lease is \"PT0.01S\", but must be a time of at least 30ms. It is set in"
                + " \"bifrost.async.lease\" from property source \"commandLineArgs\".")
        .contains(
            "Set bifrost.async.lease to a value that is allowed, or leave it out if it has a"
                + " default.");
  }

  @ParameterizedTest
  @CsvSource({
    "bifrost.async.max-wait=soon, bifrost.async.max-wait",
    "bifrost.async.max-request-size=big, bifrost.async.max-request-size",
    "bifrost.async.store=mongo, memory",
    "bifrost.async.store=jdbc, bifrost.async.encryption-key is missing",
    "bifrost.async.header-answers=none, ENVELOPE",
    "bifrost.async.max-concurency=8, bifrost.async.max-concurency",
    "bifrost.async.routes=/chat, bifrost.async.routes",
    "bifrost.async.memory.max-bytes=0B, bifrost.async.memory.max-bytes"
  })
  void aNameOrValueThatNobodyKnowsIsNamed(
      String property, String explanation, CapturedOutput output) {
    failsToStart(property);

    assertThat(output)
        .containsSubsequence("APPLICATION FAILED TO START", "Description:", "Action:")
        .contains(explanation);
  }

  @Test
  void aStoreThatIsNotOnTheClassPathIsNamed(CapturedOutput output) {
    failsToStart("bifrost.async.store=redis", "bifrost.async.encryption-key=none");

    assertThat(output)
        .contains("APPLICATION FAILED TO START")
        .contains("needs io.bifrostfilter:bifrost-filter-redis on the class path");
  }

  @Test
  void aDatabaseThatNobodyHasIsAskedFor(CapturedOutput output) {
    failsToStart("bifrost.async.store=jdbc", "bifrost.async.encryption-key=none");

    assertThat(output)
        .contains("APPLICATION FAILED TO START")
        .contains("bifrost.async.jdbc.url, bifrost.async.jdbc.jndi-name")
        .contains("Set bifrost.async.jdbc.url, or give what else is named above.");
  }

  private static void failsToStart(String... properties) {
    assertThat(catchThrowable(() -> BootApp.start(Handlers.class, properties))).isNotNull();
  }
}

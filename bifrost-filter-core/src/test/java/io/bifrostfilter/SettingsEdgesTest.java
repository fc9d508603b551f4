package io.bifrostfilter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** Settings that are written as nobody should. */
class SettingsEdgesTest {

  @Test
  void aSizeBeyondALongIsRefusedAndNotWrapped() {
    assertThat(
            catchThrowableOfType(
                InvalidConfigException.class,
                () ->
                    SettingsReader.read(
                        Map.of("memory.max-bytes", "17179869185GB"), Map.of(), Map.of())))
        .isNotNull();
  }

  @Test
  void theNameOfAnUnknownSystemPropertyIsGivenWithoutThePrefix() {
    InvalidConfigException error =
        catchThrowableOfType(
            InvalidConfigException.class,
            () -> SettingsReader.read(Map.of(), Map.of("bifrost.async.leese", "1"), Map.of()));

    assertThat(error.setting()).isEqualTo("leese");
  }
}

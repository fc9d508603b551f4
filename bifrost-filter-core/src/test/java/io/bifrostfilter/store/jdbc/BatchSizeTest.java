package io.bifrostfilter.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BatchSizeTest {

  private static final Duration MOMENT = Duration.ofMillis(30);
  private static final Duration FAIR = Duration.ofMillis(300);
  private static final Duration LONG = Duration.ofSeconds(2);

  private final BatchSize size = new BatchSize(500);

  @Test
  void itStaysAsItIsWhileBatchesTakeAMoment() {
    size.took(MOMENT);
    assertThat(size.get()).isEqualTo(500);
    size.took(FAIR);
    assertThat(size.get()).isEqualTo(500);
  }

  @Test
  void itShrinksWhileBatchesTakeLongAndGrowsAgain() {
    size.took(LONG);
    size.took(LONG);
    assertThat(size.get()).isEqualTo(125);
    size.took(FAIR);
    assertThat(size.get()).isEqualTo(125);
    size.took(MOMENT);
    assertThat(size.get()).isEqualTo(250);
    size.took(MOMENT);
    size.took(MOMENT);
    assertThat(size.get()).isEqualTo(500);
  }

  @Test
  void aFailureMakesItMuchSmallerButNeverNothing() {
    size.failed();
    assertThat(size.get()).isEqualTo(62);
    size.failed();
    size.failed();
    size.failed();
    assertThat(size.get()).isEqualTo(1);
    size.took(LONG);
    assertThat(size.get()).isEqualTo(1);
  }
}

package io.bifrostfilter.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.store.Admission.Reason;
import io.bifrostfilter.store.Limits;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class WaitingEstimateTest {

  private static final Limits TWO = new Limits(100, 2);

  private final Map<@Nullable String, Long> stored = new HashMap<>();
  private final WaitingEstimate estimate = new WaitingEstimate(() -> stored);

  @Test
  void jobsOfOneBatchDoNotExceedTheLimitTogether() {
    estimate.allIsWritten();

    assertThat(estimate.admit("owner", TWO)).isEmpty();
    assertThat(estimate.admit("owner", TWO)).isEmpty();
    assertThat(estimate.admit("owner", TWO)).isEqualTo(Optional.of(Reason.CALLER_QUEUE_FULL));
  }

  @Test
  void whatCouldNotBeWrittenIsForgottenWithTheNextCount() {
    estimate.admit("owner", TWO);
    estimate.admit("owner", TWO);
    estimate.allIsWritten();
    estimate.invalidate();

    assertThat(estimate.admit("owner", TWO)).isEmpty();
  }
}

package io.bifrostfilter.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.MovableClock;
import io.bifrostfilter.job.Caller;
import io.bifrostfilter.job.Playback;
import java.time.Instant;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A marker gives its caller back as it was, whatever that is called. */
class MarkerCallerTest {

  private final PlaybackMarkers markers =
      PlaybackMarkers.withRandomKey(new MovableClock(Instant.parse("2026-02-19T08:10:17.831Z")));

  @ParameterizedTest
  @CsvSource({"a~b,a~b", "192.0.2.1,my~host.example", "a~10.0.0.1~80,h"})
  void aCallerWhoseNameHoldsTheSeparatorComesBackAsItWas(String address, String host) {
    var caller = new Caller(address, host, 1);
    UUID job = UUID.randomUUID();

    assertThat(markers.redeem(markers.issue(job, caller, "/v1"), "/v1"))
        .contains(new Playback(job, caller));
  }
}

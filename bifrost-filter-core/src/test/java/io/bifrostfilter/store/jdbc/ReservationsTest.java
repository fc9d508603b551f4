package io.bifrostfilter.store.jdbc;

import static io.bifrostfilter.store.jdbc.TestJobs.LEASE;
import static io.bifrostfilter.store.jdbc.TestJobs.job;
import static io.bifrostfilter.store.jdbc.TestJobs.request;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What a worker demands of the jobs to come. */
class ReservationsTest {

  private static final Duration LONG = Duration.ofDays(1);

  private final Reservations reservations = new Reservations();

  @Test
  void whatIsDemandedAgainTakesThePlaceOfWhatWasDemandedBefore() {
    reservations.demand(reservations.look(), 1, LEASE);

    assertThat(reservations.demandAgain(2, LEASE, LONG)).isTrue();

    assertThat(reserve()).isTrue();
    assertThat(reserve()).isTrue();
    assertThat(reserve()).isFalse();
  }

  @Test
  void whatIsOnItsWayIsNotDemandedAgain() {
    reservations.demand(reservations.look(), 2, LEASE);
    assertThat(reserve()).isTrue();

    assertThat(reservations.demandAgain(3, LEASE, LONG)).isTrue();

    assertThat(reserve()).isTrue();
    assertThat(reserve()).isTrue();
    assertThat(reserve()).isFalse();
  }

  @Test
  void nothingIsDemandedAgainOnceSomethingWaits() {
    reservations.demand(reservations.look(), 2, LEASE);
    reservations.somethingWaits();

    assertThat(reservations.demandAgain(2, LEASE, LONG)).isFalse();

    assertThat(reserve()).isFalse();
  }

  @Test
  void nothingIsDemandedAgainWhenTheLookIsTooLongAgo() {
    reservations.demand(reservations.look(), 1, LEASE);

    assertThat(reservations.demandAgain(2, LEASE, Duration.ZERO)).isFalse();

    assertThat(reserve()).isTrue();
    assertThat(reserve()).isFalse();
  }

  private boolean reserve() {
    return reservations.reserve(job(), request("{}")) != null;
  }
}

package io.bifrostfilter.store.jdbc;

import static io.bifrostfilter.store.jdbc.TestJobs.AMPLE;
import static io.bifrostfilter.store.jdbc.TestJobs.ANSWER;
import static io.bifrostfilter.store.jdbc.TestJobs.LEASE;
import static io.bifrostfilter.store.jdbc.TestJobs.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.Lease;
import io.bifrostfilter.store.ClaimedJob;
import io.bifrostfilter.store.JobListener.Change;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import javax.sql.DataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is claimed while outcomes are being written, for the slots that they make free. */
@Timeout(60)
class ClaimsTest {

  private final DataSource dataSource = TestDatabase.h2();
  private final JdbcJobStore store = TestDatabase.store(dataSource).build();
  private final Database database = new Database(dataSource);
  private final Claims claims = claims();

  @AfterEach
  void close() {
    database.close();
    store.close();
  }

  @Test
  void whileMoreWaitsAsManyAreClaimedAheadAsSlotsBecomeFree() {
    List<UUID> added = add(40);
    assertThat(ids(claims.claim(10, LEASE))).isEqualTo(added.subList(0, 10));

    claims.slotsBecomeFree(12);

    List<UUID> next = ids(claims.claim(12, LEASE));
    assertThat(next).isEqualTo(added.subList(10, 22));
    assertThat(ids(claims().claim(40, LEASE))).isEqualTo(added.subList(22, 40));
  }

  @Test
  void whatWasClaimedAheadIsGivenOutBeforeMoreIsClaimed() {
    List<UUID> added = add(40);
    claims.claim(10, LEASE);
    claims.slotsBecomeFree(12);

    assertThat(ids(claims.claim(5, LEASE))).isEqualTo(added.subList(10, 15));
    assertThat(ids(claims.claim(20, LEASE))).isEqualTo(added.subList(15, 22));
    assertThat(ids(claims.claim(20, LEASE))).isEqualTo(added.subList(22, 40));
  }

  @Test
  void whatIsStillHeldCountsAsClaimedAhead() {
    List<UUID> added = add(60);
    claims.claim(10, LEASE);
    claims.slotsBecomeFree(12);
    assertThat(ids(claims.claim(2, LEASE))).isEqualTo(added.subList(10, 12));

    claims.slotsBecomeFree(12);

    assertThat(ids(claims().claim(60, LEASE))).isEqualTo(added.subList(22, 60));
  }

  @Test
  void nothingIsClaimedAheadOfAWorkerThatGotLessThanItAskedFor() {
    add(5);
    assertThat(claims.claim(10, LEASE)).hasSize(5);
    List<UUID> later = add(20);

    claims.slotsBecomeFree(20);

    assertThat(ids(claims().claim(40, LEASE))).isEqualTo(later);
  }

  @Test
  void nothingIsClaimedAheadForAFewSlots() {
    List<UUID> added = add(30);
    claims.claim(10, LEASE);

    claims.slotsBecomeFree(2);

    assertThat(ids(claims().claim(40, LEASE))).isEqualTo(added.subList(10, 30));
  }

  @Test
  void whatWasClaimedAheadIsGivenBackAtTheEnd() {
    List<UUID> added = add(60);
    for (ClaimedJob each : store.claim(20, LEASE)) {
      store.complete(each.lease(), ANSWER);
    }

    store.close();

    assertThat(ids(claims.claim(60, LEASE))).isEqualTo(added.subList(20, 60));
  }

  @Test
  void aNodeThatHearsOfAllTakesNoSecondLook() {
    var reservations = new Reservations();
    Claims hearing = claims(reservations, true, Duration.ofDays(1));
    assertThat(hearing.claim(10, LEASE)).isEmpty();
    List<UUID> unheard = add(1);

    assertThat(hearing.claim(10, LEASE)).isEmpty();

    reservations.somethingWaits();
    assertThat(ids(hearing.claim(10, LEASE))).isEqualTo(unheard);
  }

  @Test
  void whatWasNotHeardOfIsFoundAfterAWhile() {
    Claims hearing = claims(new Reservations(), true, Duration.ZERO);
    assertThat(hearing.claim(10, LEASE)).isEmpty();
    List<UUID> unheard = add(1);

    assertThat(ids(hearing.claim(10, LEASE))).isEqualTo(unheard);
  }

  @Test
  void aNodeThatDoesNotHearOfAllLooksEachTime() {
    Claims deaf = claims(new Reservations(), false, Duration.ofDays(1));
    assertThat(deaf.claim(10, LEASE)).isEmpty();
    List<UUID> unheard = add(1);

    assertThat(ids(deaf.claim(10, LEASE))).isEqualTo(unheard);
  }

  private Claims claims() {
    return claims(new Reservations(), false, Duration.ZERO);
  }

  private Claims claims(Reservations reservations, boolean hearsAll, Duration believed) {
    var sql = new SqlText(Dialect.H2, "bifrost_", Dialect.H2::now);
    return new Claims(
        database,
        JobTables.of(sql),
        reservations,
        new Feed(hearsAll),
        believed,
        ClaimsTest::claimed);
  }

  private static List<ClaimedJob> claimed(List<JobRow> rows) {
    return rows.stream()
        .map(
            row ->
                new ClaimedJob(
                    row.unfinished(), request("{}"), new Lease(row.id(), row.leaseToken())))
        .toList();
  }

  private List<UUID> add(int count) {
    var ids = new ArrayList<UUID>();
    for (int i = 0; i < count; i++) {
      Job job = TestJobs.job();
      store.add(job, request("{}"), AMPLE);
      ids.add(job.id());
    }
    return ids;
  }

  private static List<UUID> ids(List<ClaimedJob> jobs) {
    return jobs.stream().map(each -> each.job().id()).toList();
  }

  /**
   * Brings nothing.
   *
   * @param hearsAll what it says of itself
   */
  private record Feed(boolean hearsAll) implements ChangeFeed {

    @Override
    public boolean isHeard() {
      return false;
    }

    @Override
    public void publish(Connection connection, Change change, Collection<UUID> ids) {}

    @Override
    public void close() {}
  }
}

package io.bifrostfilter.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.job.Failure;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.store.Admission;
import io.bifrostfilter.store.ClaimedJob;
import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.JobStoreContract;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The contract on MariaDB, where it is installed. */
class MariaDbJobStoreTest extends JobStoreContract {

  private static MariaDb database;

  @BeforeAll
  static void start() throws Exception {
    database = MariaDb.start();
  }

  @AfterAll
  static void stop() throws Exception {
    if (database != null) {
      database.close();
    }
  }

  /** Of 16 MiB, unless it was configured otherwise. */
  @Test
  void whatIsLargerThanAPacketFailsItsJobAndNoOther() throws Exception {
    try (var store = TestDatabase.store(database.pool()).build()) {
      Job large = TestJobs.job();
      Job small = TestJobs.job();
      store.add(large, TestJobs.request("{}"), TestJobs.AMPLE);
      store.add(small, TestJobs.request("{}"), TestJobs.AMPLE);
      List<ClaimedJob> claimed = store.claim(2, TestJobs.LEASE);
      String tooMuch = "x".repeat(17 << 20);

      var first = store.complete(claimed.get(0).lease(), TestJobs.answer(tooMuch));
      var second = store.complete(claimed.get(1).lease(), TestJobs.ANSWER);
      assertThat(first.toCompletableFuture().get()).isTrue();
      assertThat(second.toCompletableFuture().get()).isTrue();
      assertThat(store.find(large.id()).orElseThrow().result().orElseThrow())
          .isInstanceOfSatisfying(
              Outcome.Unanswered.class,
              outcome -> assertThat(outcome.failure()).isEqualTo(Failure.RESPONSE_TOO_LARGE));
      assertThat(store.find(small.id()).orElseThrow().result()).contains(TestJobs.ANSWER);
      assertThat(store.add(TestJobs.job(), TestJobs.request(tooMuch), TestJobs.AMPLE))
          .isEqualTo(new Admission.Refused(Admission.Reason.STORE_FULL));
      // And what is all but as large does.
      Job fits = TestJobs.job();
      store.add(fits, TestJobs.request("x".repeat(15 << 20)), TestJobs.AMPLE);
      assertThat(store.claim(1, TestJobs.LEASE)).extracting(ClaimedJob::job).hasSize(1);
    }
  }

  @Override
  protected JobStore createStore(Clock clock) throws SQLException {
    TestDatabase.clear(database.pool(), "bifrost_");
    return TestDatabase.store(database.pool(), clock);
  }
}

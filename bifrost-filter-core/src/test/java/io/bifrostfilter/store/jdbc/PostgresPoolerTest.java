package io.bifrostfilter.store.jdbc;

import static io.bifrostfilter.store.jdbc.TestJobs.AMPLE;
import static io.bifrostfilter.store.jdbc.TestJobs.job;
import static io.bifrostfilter.store.jdbc.TestJobs.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.job.Failure;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.store.JobListener.Change;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Behind what keeps notifications to itself, as poolers do that give a session to another client
 * after each transaction.
 */
@Timeout(120)
class PostgresPoolerTest {

  @BeforeAll
  static void createTables() {
    TestDatabase.store(TestDatabase.postgres()).build().close();
  }

  @Test
  void nodesLearnOfEachOtherThoughNothingThatIsNotifiedIsHeard() throws Exception {
    TestDatabase.clear(TestDatabase.postgres(), "bifrost_");
    try (var pooler = TcpProxy.withoutNotifications(TestDatabase.postgresPort());
        var pool =
            TestDatabase.pool(
                "jdbc:postgresql://127.0.0.1:"
                    + pooler.port()
                    + "/postgres?user=postgres&sslmode=disable&gssEncMode=disable");
        var one = TestDatabase.store(pool).build();
        var other = TestDatabase.store(pool).build();
        var listening = TestDatabase.store(TestDatabase.postgres()).build()) {
      Set<UUID> toldToTheOther = toldDoneTo(other);
      Set<UUID> toldToWhoListens = toldDoneTo(listening);

      Eventually.succeeds(
          () -> {
            end(one);
            assertThat(toldToTheOther).isNotEmpty();
          });
      UUID job = end(one);

      Eventually.succeeds(() -> assertThat(toldToTheOther).contains(job));
      Eventually.succeeds(() -> assertThat(toldToWhoListens).contains(job));
    }
  }

  private static UUID end(JdbcJobStore store) {
    Job job = job();
    store.add(job, request("{}"), AMPLE);
    store.finish(job.id(), new Outcome.Unanswered(Failure.CANCELLED, "Cancelled."));
    return job.id();
  }

  private static Set<UUID> toldDoneTo(JdbcJobStore store) {
    Set<UUID> told = ConcurrentHashMap.newKeySet();
    store.subscribe(
        (id, change) -> {
          if (change == Change.DONE) {
            told.add(id);
          }
        });
    return told;
  }
}

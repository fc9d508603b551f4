package io.bifrostfilter.store.jdbc;

import io.bifrostfilter.job.JobStatus;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;

/**
 * How many jobs are done in one way: exactly while they are few, and as of the last minute when
 * they are many, since a database counts by looking at each. For many threads.
 */
final class DoneCount {

  private static final int EXACT_UP_TO = 10_000;
  private static final int AT_MOST = 1_000_000;
  private static final Duration MAX_AGE = Duration.ofMinutes(1);

  private final JobStatus status;
  private long many;
  private long countedAt;

  DoneCount(JobStatus status) {
    this.status = status;
  }

  synchronized long in(Connection connection, JobTables tables) throws SQLException {
    long few = tables.count(connection, status, EXACT_UP_TO);
    if (few < EXACT_UP_TO) {
      many = 0;
      return few;
    }
    if (many == 0 || System.nanoTime() - countedAt > MAX_AGE.toNanos()) {
      many = tables.count(connection, status, AT_MOST);
      countedAt = System.nanoTime();
    }
    return many;
  }
}

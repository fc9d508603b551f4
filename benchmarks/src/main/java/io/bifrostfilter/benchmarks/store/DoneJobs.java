package io.bifrostfilter.benchmarks.store;

import com.zaxxer.hikari.HikariDataSource;
import io.bifrostfilter.benchmarks.queues.Postgres;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.store.codec.Payloads;
import java.io.IOException;
import java.io.StringReader;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HexFormat;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyManager;

/**
 * Writes jobs that are done into the tables of our store, as it would have left them, but behind
 * its back: to submit, claim and complete a million takes minutes. For one thread.
 */
final class DoneJobs {

  private static final int AT_ONCE = 10_000;

  private static final String COPY_JOBS =
      "copy bifrost_jobs (id, request_id, route, model, owner, tag, ttl_ms, created_at, status,"
          + " attempts, lease_token, status_code, completed_at, expires_at) from stdin";

  private static final String COPY_RESULTS = "copy bifrost_results (job_id, sealed) from stdin";

  private static final String NOBODY = "\\N";

  /** Whoever reads a row first would otherwise have to note that its transaction is over. */
  private static final String SETTLE = "vacuum analyze bifrost_jobs, bifrost_results";

  private final Payloads payloads = new Payloads(Stores.keyring());
  private final HexFormat hex = HexFormat.of();
  private final Duration ttl;
  private final Outcome outcome;

  /**
   * @param ttl of the results, from now on
   * @param outcome of each, an answer with status 200
   */
  DoneJobs(Duration ttl, Outcome outcome) {
    this.ttl = ttl;
    this.outcome = outcome;
  }

  /**
   * Writes so many, by {@link Stores#id their numbers}.
   *
   * @param url of a database with the tables
   */
  void write(String url, int count) throws SQLException, IOException {
    try (HikariDataSource database = Postgres.pool(url)) {
      try (Connection connection = database.getConnection()) {
        CopyManager copies = connection.unwrap(PGConnection.class).getCopyAPI();
        for (int from = 0; from < count; from += AT_ONCE) {
          write(copies, from, Math.min(from + AT_ONCE, count));
        }
      }
      Postgres.execute(database, SETTLE);
    }
  }

  private void write(CopyManager copies, int from, int to) throws SQLException, IOException {
    var jobs = new StringBuilder();
    var results = new StringBuilder();
    for (int number = from; number < to; number++) {
      Job job = Stores.job(number, ttl);
      jobs.append(row(job));
      byte[] sealed = payloads.write(job.id(), outcome);
      results.append(job.id()).append("\t\\\\x").append(hex.formatHex(sealed)).append('\n');
    }
    copies.copyIn(COPY_JOBS, new StringReader(jobs.toString()));
    copies.copyIn(COPY_RESULTS, new StringReader(results.toString()));
  }

  /** Claimed once, and completed at once. */
  private String row(Job job) {
    long millis = job.createdAt().toEpochMilli();
    return String.join(
            "\t",
            job.id().toString(),
            job.requestId(),
            job.route(),
            job.model(),
            NOBODY,
            hex.formatHex(payloads.tag(job)),
            Long.toString(ttl.toMillis()),
            Long.toString(millis),
            "2\t1\t1\t200",
            Long.toString(millis),
            Long.toString(millis + ttl.toMillis()))
        + "\n";
  }
}

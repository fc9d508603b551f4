package io.bifrostfilter.benchmarks.queues;

import com.zaxxer.hikari.HikariDataSource;
import javax.sql.DataSource;

/** The tables of our store on PostgreSQL. */
public final class OurTables implements Backdoor {

  private final HikariDataSource database;

  public OurTables(HikariDataSource database) {
    this.database = database;
  }

  public DataSource database() {
    return database;
  }

  @Override
  public boolean hasUnfinished() {
    return Postgres.isAny(database, "bifrost_jobs where ended is null");
  }

  @Override
  public void clear() {
    Postgres.execute(database, "truncate bifrost_jobs, bifrost_requests, bifrost_results");
  }

  @Override
  public void close() {
    database.close();
  }
}

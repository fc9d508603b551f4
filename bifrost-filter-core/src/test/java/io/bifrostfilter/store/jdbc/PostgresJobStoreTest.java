package io.bifrostfilter.store.jdbc;

import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.JobStoreContract;
import java.sql.SQLException;
import java.time.Clock;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeAll;

/** The contract on PostgreSQL. */
class PostgresJobStoreTest extends JobStoreContract {

  @BeforeAll
  static void createTables() {
    TestDatabase.store(TestDatabase.postgres()).build().close();
  }

  @Override
  protected JobStore createStore(Clock clock) throws SQLException {
    DataSource postgres = TestDatabase.postgres();
    TestDatabase.clear(postgres, "bifrost_");
    return TestDatabase.store(postgres, clock);
  }
}

package io.bifrostfilter.store.jdbc;

import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.JobStoreContract;
import java.sql.SQLException;
import java.time.Clock;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeAll;

/** The contract on H2. */
class H2JobStoreTest extends JobStoreContract {

  /** One for all tests: a database in memory lives as long as the process. */
  private static final DataSource DATABASE = TestDatabase.h2();

  @BeforeAll
  static void createTables() {
    TestDatabase.store(DATABASE).build().close();
  }

  @Override
  protected JobStore createStore(Clock clock) throws SQLException {
    TestDatabase.clear(DATABASE, "bifrost_");
    return TestDatabase.store(DATABASE, clock);
  }
}

package io.bifrostfilter.store.jdbc;

import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.WebhookStoreContract;
import java.sql.SQLException;
import java.time.Clock;
import javax.sql.DataSource;
import org.junit.jupiter.api.BeforeAll;

/** The contract of webhooks on PostgreSQL. */
class PostgresWebhookStoreTest extends WebhookStoreContract {

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

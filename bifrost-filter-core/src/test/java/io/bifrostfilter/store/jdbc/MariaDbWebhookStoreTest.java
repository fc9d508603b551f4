package io.bifrostfilter.store.jdbc;

import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.WebhookStoreContract;
import java.sql.SQLException;
import java.time.Clock;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract of webhooks on MariaDB, where it is installed. */
class MariaDbWebhookStoreTest extends WebhookStoreContract {

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

  @Override
  protected JobStore createStore(Clock clock) throws SQLException {
    TestDatabase.clear(database.pool(), "bifrost_");
    return TestDatabase.store(database.pool(), clock);
  }
}

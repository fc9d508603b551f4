package io.bifrostfilter.store.jdbc;

import static org.junit.jupiter.api.Assumptions.abort;

import com.zaxxer.hikari.HikariDataSource;
import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.WebhookStoreContract;
import java.sql.SQLException;
import java.time.Clock;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract of webhooks on MariaDB, where it is installed. */
class MariaDbWebhookStoreTest extends WebhookStoreContract {

  private static MariaDb server;
  private static HikariDataSource pool;

  @BeforeAll
  static void start() throws Exception {
    server =
        MariaDb.start()
            .orElseGet(
                () ->
                    abort(
                        "MariaDB is not installed, so the JDBC store was not tested with it:"
                            + " install mariadb-server to have it done."));
    pool = TestDatabase.pool(server.url());
    TestDatabase.store(pool).build().close();
  }

  @AfterAll
  static void stop() throws Exception {
    if (pool != null) {
      pool.close();
    }
    if (server != null) {
      server.close();
    }
  }

  @Override
  protected JobStore createStore(Clock clock) throws SQLException {
    TestDatabase.clear(pool, "bifrost_");
    return TestDatabase.store(pool, clock);
  }
}

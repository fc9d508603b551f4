package io.bifrostfilter.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bifrostfilter.store.JobStoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Creating the tables, and refusing those that are not ours. */
class SchemaTest {

  private static final AtomicInteger PREFIXES = new AtomicInteger();

  private final String prefix = "schema_test_" + PREFIXES.incrementAndGet() + "_";

  private static DataSource database(String name) {
    return name.equals("h2") ? TestDatabase.h2() : TestDatabase.postgres();
  }

  @ParameterizedTest
  @ValueSource(strings = {"postgresql", "h2"})
  void nodesThatStartAtOnceAllStart(String name) throws Exception {
    DataSource database = database(name);
    var threads = Executors.newFixedThreadPool(6);
    var starts = new ArrayList<Callable<Boolean>>();
    for (int i = 0; i < 6; i++) {
      starts.add(
          () -> {
            try (var store = builder(database).build()) {
              return store.claim(1, TestJobs.LEASE).isEmpty();
            }
          });
    }
    try {
      for (Future<Boolean> each : threads.invokeAll(starts)) {
        assertThat(each.get()).isTrue();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"postgresql", "h2"})
  void nothingIsCreatedUnlessItMayBe(String name) throws Exception {
    DataSource database = database(name);
    assertThatThrownBy(() -> builder(database).initializeSchema(false).build())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(prefix + "schema")
        .hasMessageContaining("io/bifrostfilter/store/jdbc/schema-" + name + ".sql");
    assertThatThrownBy(() -> execute(database, "SELECT 1 FROM " + prefix + "jobs"))
        .isInstanceOf(SQLException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"postgresql", "h2"})
  void tablesOfANewerVersionAreLeftAlone(String name) throws Exception {
    DataSource database = database(name);
    builder(database).build().close();
    execute(database, "UPDATE " + prefix + "schema SET version = 2");

    assertThatThrownBy(() -> builder(database).build())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("version 2")
        .hasMessageContaining("A newer bifrost-filter has made them");
  }

  @ParameterizedTest
  @ValueSource(strings = {"postgresql", "h2"})
  void tablesOfAnOlderVersionAreRefusedWithTheNameOfTheScript(String name) throws Exception {
    DataSource database = database(name);
    builder(database).build().close();
    execute(database, "UPDATE " + prefix + "schema SET version = 0");

    assertThatThrownBy(() -> builder(database).initializeSchema(false).build())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("schema-" + name + ".sql");
  }

  @ParameterizedTest
  @ValueSource(strings = {"postgresql", "h2"})
  void tablesThatTheOperatorMadeAreUsed(String name) throws Exception {
    DataSource database = database(name);
    builder(database).build().close();

    try (var store = builder(database).initializeSchema(false).build()) {
      assertThat(store.counts().stored()).isZero();
    }
  }

  @Test
  void aPrefixThatCouldBeMoreThanANameIsRefused() {
    for (String bad : List.of("", "Bifrost_", "1_", "a; DROP TABLE b", "a.b_", "a".repeat(31))) {
      assertThatThrownBy(() -> TestDatabase.store(TestDatabase.h2()).tablePrefix(bad))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("table prefix");
    }
  }

  @Test
  void aDatabaseThatIsNotThereSaysSo() {
    var nowhere = new org.h2.jdbcx.JdbcDataSource();
    nowhere.setURL("jdbc:h2:tcp://127.0.0.1:1/none");

    assertThatThrownBy(() -> builder(nowhere).build()).isInstanceOf(JobStoreException.class);
  }

  private JdbcJobStore.Builder builder(DataSource database) {
    return TestDatabase.store(database).tablePrefix(prefix);
  }

  private static void execute(DataSource database, String sql) throws SQLException {
    try (Connection connection = database.getConnection();
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}

package io.bifrostfilter.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.h2.jdbcx.JdbcConnectionPool;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What H2 keeps in a file outlives the process. */
class H2DurabilityTest {

  @TempDir Path directory;

  /** The process that is going to be killed: adds jobs, and prints the id of each that is in. */
  static final class Submitter {

    public static void main(String[] arguments) {
      try (var store = TestDatabase.store(file(Path.of(arguments[0]))).build()) {
        while (true) {
          var job = TestJobs.job();
          store.add(job, TestJobs.request("{}"), TestJobs.AMPLE);
          System.out.println(job.id());
        }
      }
    }
  }

  @Test
  @Timeout(60)
  void whatWasAcceptedIsThereWhenTheProcessWasKilled() throws Exception {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Submitter.class.getName(),
                directory.toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    List<UUID> accepted = new ArrayList<>();
    try (BufferedReader out = process.inputReader()) {
      while (accepted.size() < 50) {
        accepted.add(UUID.fromString(out.readLine()));
      }
      process.destroyForcibly();
    }
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();

    try (var store = TestDatabase.store(file(directory)).build()) {
      assertThat(accepted).allSatisfy(id -> assertThat(store.find(id)).isPresent());
    }
  }

  private static DataSource file(Path directory) {
    var h2 = new JdbcDataSource();
    h2.setURL("jdbc:h2:" + directory.resolve("jobs").toAbsolutePath() + ";DB_CLOSE_ON_EXIT=FALSE");
    return JdbcConnectionPool.create(h2);
  }
}

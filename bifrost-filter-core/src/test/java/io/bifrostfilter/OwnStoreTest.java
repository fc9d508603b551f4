package io.bifrostfilter;

import static io.bifrostfilter.testing.Proxies.proxy;
import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.memory.MemoryJobStore;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import org.junit.jupiter.api.Test;

/** A store that was given in code, and what is logged of it. */
class OwnStoreTest {

  private static final String WARNING = "there is no bifrost.async.encryption-key";

  private final JobStore memory = new MemoryJobStore(Clock.systemUTC(), 1_000_000);

  @Test
  void aStoreThatMayOutliveTheProcessIsWarnedOfOnceIfCallersAreForgottenWithIt() {
    assertThat(logOf(AsyncJobs.builder().store(unknown()))).containsOnlyOnce(WARNING);
  }

  @Test
  void nothingIsSaidWhereCallersAreKnownAgainOrTheirJobsGoWithTheProcess() {
    var config = AsyncJobsConfig.builder().encryptionKey("none").build();

    assertThat(logOf(AsyncJobs.builder().store(unknown()).config(config))).doesNotContain(WARNING);
    assertThat(logOf(AsyncJobs.builder().store(memory))).doesNotContain(WARNING);
    assertThat(logOf(AsyncJobs.builder())).doesNotContain(WARNING);
  }

  private JobStore unknown() {
    return proxy(JobStore.class, (method, arguments) -> method.invoke(memory, arguments));
  }

  /** What is logged by a start, and by another that changes nothing. */
  private static String logOf(AsyncJobs.Builder builder) {
    var log = new ByteArrayOutputStream();
    PrintStream before = System.err;
    System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
    try (AsyncJobs jobs = builder.build()) {
      jobs.start();
      jobs.start();
    } finally {
      System.setErr(before);
    }
    assertThat(log.toString(StandardCharsets.UTF_8)).contains("Async jobs are on");
    return log.toString(StandardCharsets.UTF_8);
  }
}

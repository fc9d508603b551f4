package io.bifrostfilter.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Measures what our jar adds to the start of an application, in JVMs of their own, and prints it.
 * It takes a minute, and says something only on a machine that does nothing else:
 *
 * <pre>{@code
 * ./mvnw -pl bifrost-filter-spring-autoconfig -am verify -Dstartup.runs=20 -Dtest=StartUpCostTest \
 *     -Dsurefire.failIfNoSpecifiedTests=false
 * }</pre>
 */
@EnabledIfSystemProperty(
    named = "startup.runs",
    matches = "[1-9][0-9]*",
    disabledReason = "it measures, and takes long: run it with -Dstartup.runs=20")
class StartUpCostTest {

  /** What an application has on its class path because of us. */
  private static final List<String> OURS =
      List.of(
          "bifrost-filter-core", "target" + File.separator + "classes", "caffeine", "jetty-client");

  @Test
  void howMuchLongerAnApplicationTakesToStart() throws Exception {
    int runs = Integer.getInteger("startup.runs");
    List<String> with =
        Arrays.asList(System.getProperty("surefire.test.class.path").split(File.pathSeparator));
    List<String> without =
        with.stream().filter(entry -> OURS.stream().noneMatch(entry::contains)).toList();
    assertThat(without).hasSizeLessThanOrEqualTo(with.size() - OURS.size());
    var millisWith = new ArrayList<Long>();
    var millisWithout = new ArrayList<Long>();
    // One of each in turn, so that what else the machine does falls on both alike.
    for (int i = -1; i < runs; i++) {
      long one = start(without);
      long other = start(with);
      // The first of each fills the caches of the disk.
      if (i >= 0) {
        millisWithout.add(one);
        millisWith.add(other);
      }
    }
    System.out.printf(
        "Start-up on Spring Boot %s with %s, median of %d: %d ms without, %d ms with the filter:"
            + " %+d ms%n",
        System.getProperty("expected.boot"),
        System.getProperty("expected.server"),
        runs,
        median(millisWithout),
        median(millisWith),
        median(millisWith) - median(millisWithout));
  }

  private static long median(List<Long> millis) {
    LongStream sorted = millis.stream().mapToLong(Long::longValue).sorted();
    return sorted.skip(millis.size() / 2).findFirst().orElseThrow();
  }

  private static long start(List<String> classPath) throws Exception {
    var process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                String.join(File.pathSeparator, classPath),
                Application.class.getName())
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output
        .lines()
        .filter(line -> line.startsWith(Application.TOOK))
        .map(line -> Long.parseLong(line.substring(Application.TOOK.length())))
        .findFirst()
        .orElseThrow(() -> new AssertionError(output));
  }

  /** Starts, says how long that took since its JVM began, and ends. */
  static final class Application {

    static final String TOOK = "took milliseconds: ";

    private Application() {}

    public static void main(String[] arguments) {
      try (var context =
          BootApp.run(
              BootApp.Plain.class,
              "spring.autoconfigure.exclude=" + BootApp.securityAutoConfigurations(),
              "logging.level.root=warn")) {
        long now = System.currentTimeMillis();
        System.out.println(TOOK + (now - ManagementFactory.getRuntimeMXBean().getStartTime()));
      }
    }
  }
}

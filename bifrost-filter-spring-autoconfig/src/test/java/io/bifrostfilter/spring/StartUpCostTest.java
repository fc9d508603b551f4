package io.bifrostfilter.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Measures what our jar adds to the start of an application, in JVMs of their own, and prints it:
 * by the clock, which says something only on a machine that does nothing else, and in processor
 * time.
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

  private static final String CLASSES = "target" + File.separator + "classes";

  /** What an application has on its class path because of us. */
  private static final List<String> OURS =
      List.of("bifrost-filter-core", CLASSES, "caffeine", "jetty-client");

  @TempDir Path temporary;

  /**
   * An application has our jars, and has them behind Spring Boot's; this build has a directory, and
   * has it in front, where every class of the application is looked for in vain.
   */
  @Test
  void howMuchLongerAnApplicationTakesToStart() throws Exception {
    int runs = Integer.getInteger("startup.runs");
    var without = new ArrayList<String>();
    var ours = new ArrayList<String>();
    for (String entry : System.getProperty("surefire.test.class.path").split(File.pathSeparator)) {
      if (OURS.stream().noneMatch(entry::contains)) {
        without.add(entry);
      } else {
        ours.add(entry.endsWith(CLASSES) ? jarOf(entry) : entry);
      }
    }
    assertThat(ours).hasSizeGreaterThanOrEqualTo(OURS.size());
    var with = new ArrayList<>(without);
    with.addAll(ours);
    var timesWith = new ArrayList<Took>();
    var timesWithout = new ArrayList<Took>();
    // One of each in turn, so that what else the machine does falls on both alike.
    for (int i = -1; i < runs; i++) {
      Took one = start(without);
      Took other = start(with);
      // The first of each fills the caches of the disk.
      if (i >= 0) {
        timesWithout.add(one);
        timesWith.add(other);
      }
    }
    System.out.printf(
        "Start-up on Spring Boot %s with %s, medians of %d: by the clock %s, in processor time"
            + " %s%n",
        System.getProperty("expected.boot"),
        System.getProperty("expected.server"),
        runs,
        compared(timesWithout, timesWith, Took::clockMillis),
        compared(timesWithout, timesWith, Took::processorMillis));
  }

  private String jarOf(String directory) throws IOException {
    String jar = Files.createTempFile(temporary, "ours", ".jar").toString();
    int problem =
        ToolProvider.findFirst("jar")
            .orElseThrow()
            .run(System.out, System.err, "--create", "--file", jar, "-C", directory, ".");
    assertThat(problem).isZero();
    return jar;
  }

  /** What one start took, from the beginning of its JVM. */
  private record Took(long clockMillis, long processorMillis) {}

  private static String compared(
      List<Took> without, List<Took> with, ToLongFunction<Took> measure) {
    long before = median(without, measure);
    long after = median(with, measure);
    return String.format(
        "%d ms without the filter, %d ms with it, %+d ms", before, after, after - before);
  }

  private static long median(List<Took> all, ToLongFunction<Took> measure) {
    return all.stream().mapToLong(measure).sorted().skip(all.size() / 2).findFirst().orElseThrow();
  }

  private static Took start(List<String> classPath) throws Exception {
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
    Matcher took = Application.TOOK.matcher(output);
    assertThat(took.find()).as(output).isTrue();
    return new Took(Long.parseLong(took.group(1)), Long.parseLong(took.group(2)));
  }

  /** Starts, says how long that took since its JVM began, and ends. */
  static final class Application {

    static final Pattern TOOK = Pattern.compile("took (\\d+) ms, (\\d+) ms of processor time");

    private Application() {}

    public static void main(String[] arguments) {
      try (var context =
          BootApp.run(
              BootApp.Plain.class,
              "spring.autoconfigure.exclude=" + BootApp.securityAutoConfigurations(),
              "logging.level.root=warn")) {
        long began = ManagementFactory.getRuntimeMXBean().getStartTime();
        Duration processor =
            ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
        System.out.printf(
            "took %d ms, %d ms of processor time%n",
            System.currentTimeMillis() - began, processor.toMillis());
      }
    }
  }
}

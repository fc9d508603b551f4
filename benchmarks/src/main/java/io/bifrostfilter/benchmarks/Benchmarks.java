package io.bifrostfilter.benchmarks;

import io.bifrostfilter.benchmarks.load.Generator;
import io.bifrostfilter.benchmarks.parts.DecisionPart;
import io.bifrostfilter.benchmarks.parts.DurablePart;
import io.bifrostfilter.benchmarks.parts.EndToEndPart;
import io.bifrostfilter.benchmarks.parts.GrowthPart;
import io.bifrostfilter.benchmarks.parts.MemoryPart;
import io.bifrostfilter.benchmarks.parts.PassThroughPart;
import io.bifrostfilter.benchmarks.parts.PollPart;
import io.bifrostfilter.benchmarks.parts.RedisPart;
import io.bifrostfilter.benchmarks.parts.SoakPart;
import io.bifrostfilter.benchmarks.parts.SubmitPart;
import io.bifrostfilter.benchmarks.parts.WaitingPart;
import io.bifrostfilter.benchmarks.parts.WebhooksPart;
import java.io.PrintStream;
import java.time.LocalDate;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.catalina.util.ServerInfo;

/** The command line: runs parts, and prints their figures as Markdown. */
public final class Benchmarks {

  /** In the order in which a request meets what they measure. */
  private static final List<Part> PARTS =
      List.of(
          new DecisionPart(),
          new PassThroughPart(),
          new SubmitPart(),
          new PollPart(),
          new EndToEndPart(),
          new WaitingPart(),
          new MemoryPart(),
          new DurablePart(),
          new RedisPart(),
          new WebhooksPart(),
          new GrowthPart(GrowthPart.Kind.MEMORY),
          new GrowthPart(GrowthPart.Kind.POSTGRES),
          new SoakPart());

  private static final String SOAK = "soak";

  private Benchmarks() {}

  public static void main(String[] arguments) throws Exception {
    if (List.of(arguments).contains("--help")) {
      System.out.println(usage());
      return;
    }
    try {
      run(System.out, arguments);
    } catch (IllegalArgumentException e) {
      System.err.println(e.getMessage() + "\n\n" + usage());
      System.exit(2);
    }
  }

  /**
   * @throws IllegalArgumentException if the arguments cannot be understood
   */
  static void run(PrintStream out, String... arguments) throws Exception {
    Options options = Options.parse(arguments);
    List<Part> parts = chosen(options.parts());
    try (Generator generator = Generator.of(options.generator(), options.flags("256m", "1g"))) {
      out.println(environment(options, generator));
      for (Part part : parts) {
        part.run(new Session(options, generator, out));
      }
    }
  }

  static List<String> partNames() {
    return PARTS.stream().map(Part::name).toList();
  }

  private static List<Part> chosen(List<String> names) {
    List<String> unknown =
        names.stream().filter(name -> !name.equals("all") && !partNames().contains(name)).toList();
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException("there is no part " + String.join(", ", unknown));
    }
    boolean all = names.isEmpty() || names.contains("all");
    return PARTS.stream()
        .filter(part -> names.contains(part.name()) || (all && !part.name().equals(SOAK)))
        .toList();
  }

  private static String usage() {
    return Options.USAGE.formatted(partNames().stream().collect(Collectors.joining(", ")));
  }

  private static String environment(Options options, Generator generator) {
    return LocalDate.now(java.time.ZoneOffset.UTC)
        + ", "
        + Runtime.getRuntime().availableProcessors()
        + " cores, "
        + System.getProperty("os.name")
        + " "
        + System.getProperty("os.arch")
        + ", JDK "
        + Runtime.version()
        + ", Jetty "
        + org.eclipse.jetty.server.Server.getVersion()
        + " ee10, "
        + ServerInfo.getServerInfo().replace("Apache Tomcat/", "Tomcat ")
        + ", load by "
        + generator.name()
        + " on "
        + options.connections()
        + " connections, "
        + options.rounds()
        + " rounds of "
        + options.turn().toMillis() / 1000.0
        + " s each. Figures are minimum · **median** · maximum of the rounds.";
  }
}

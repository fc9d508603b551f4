package io.bifrostfilter.benchmarks;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * How thoroughly to measure.
 *
 * @param parts to run, by name
 * @param rounds in which each contender has its turn
 * @param turn how long each turn takes
 * @param warmUp how long each contender runs before the first round
 * @param containers to measure on
 * @param generator where the load comes from; empty for wrk where it is installed
 * @param connections of the load
 * @param jobs that the part which waits has in flight
 * @param handlerTime how long their handler takes
 * @param soak how long to soak
 * @param pace the jobs that the soak begins each second; empty for half of the peak
 * @param recordings where each server leaves a flight recording; empty for none
 * @param quick whether it only matters that everything runs
 */
public record Options(
    List<String> parts,
    int rounds,
    Duration turn,
    Duration warmUp,
    List<String> containers,
    Optional<String> generator,
    int connections,
    int jobs,
    Duration handlerTime,
    Duration soak,
    OptionalDouble pace,
    Optional<Path> recordings,
    boolean quick) {

  static final String USAGE =
      """
      usage: java -jar benchmarks.jar [part …] [option …]

      parts: all (the default: every one but soak), %s

        --rounds 7               in which each contender has its turn
        --seconds 3              that a turn takes
        --warm-up 20             seconds that each contender runs before the first round
        --containers jetty,tomcat
        --load wrk|jetty         where requests come from; wrk where it is installed
        --connections 32         that they come in on
        --jobs 10000             that wait at once, in the part of that name
        --handler 10             seconds that their handler takes: all must be there by then
        --for 30                 minutes to soak
        --pace N                 jobs that a soak begins each second; else half of the peak
        --jfr DIRECTORY          have each server leave a flight recording there
        --quick                  everything once and for an instant, to see that it runs
      """;

  /**
   * @throws IllegalArgumentException if it cannot be understood
   */
  static Options parse(String... arguments) {
    boolean quick = List.of(arguments).contains("--quick");
    var parts = new ArrayList<String>();
    int rounds = quick ? 1 : 7;
    double seconds = quick ? 0.3 : 3;
    double warmUp = quick ? 0.1 : 20;
    List<String> containers = List.of("jetty", "tomcat");
    Optional<String> generator = Optional.empty();
    int connections = 32;
    int jobs = quick ? 50 : 10_000;
    double handler = quick ? 2 : 10;
    double minutes = quick ? 0.02 : 30;
    OptionalDouble pace = OptionalDouble.empty();
    Optional<Path> recordings = Optional.empty();
    for (int i = 0; i < arguments.length; i++) {
      String name = arguments[i];
      if (!name.startsWith("--")) {
        parts.add(name);
        continue;
      }
      if (name.equals("--quick")) {
        continue;
      }
      if (++i == arguments.length) {
        throw new IllegalArgumentException(name + " lacks its value");
      }
      String value = arguments[i];
      switch (name) {
        case "--rounds" -> rounds = Integer.parseInt(value);
        case "--seconds" -> seconds = Double.parseDouble(value);
        case "--warm-up" -> warmUp = Double.parseDouble(value);
        case "--containers" -> containers = List.of(value.split(",", -1));
        case "--load" -> generator = Optional.of(value);
        case "--connections" -> connections = Integer.parseInt(value);
        case "--jobs" -> jobs = Integer.parseInt(value);
        case "--handler" -> handler = Double.parseDouble(value);
        case "--for" -> minutes = Double.parseDouble(value);
        case "--pace" -> pace = OptionalDouble.of(Double.parseDouble(value));
        case "--jfr" -> recordings = Optional.of(Path.of(value));
        default -> throw new IllegalArgumentException("there is no option " + name);
      }
    }
    return new Options(
        List.copyOf(parts),
        rounds,
        seconds(seconds),
        seconds(warmUp),
        containers,
        generator,
        connections,
        jobs,
        seconds(handler),
        seconds(60 * minutes),
        pace,
        recordings,
        quick);
  }

  /**
   * What a virtual machine is started with, to be soon there where speed is not the question. Where
   * it is, memory is asked of the system before the first turn, or whoever keeps more of it would
   * pay for it in the first rounds.
   */
  public List<String> flags(String initialHeap, String maxHeap) {
    return quick
        ? List.of("-Xmx" + maxHeap, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
        : List.of("-Xms" + initialHeap, "-Xmx" + maxHeap, "-XX:+AlwaysPreTouch");
  }

  private static Duration seconds(double seconds) {
    return Duration.ofMillis(Math.round(1000 * seconds));
  }
}

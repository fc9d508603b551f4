package io.bifrostfilter.benchmarks.load;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Sends requests from a process of its own, as fast as they are answered. For one thread. */
public interface Generator extends AutoCloseable {

  /** For the report. */
  String name();

  /**
   * @throws IllegalStateException if any answer was not a 2xx: what is refused is refused fast, and
   *     says nothing
   */
  Sent send(Load load, int connections, Duration duration);

  @Override
  void close();

  /**
   * @param answered requests
   * @param seconds that it took
   */
  record Sent(long answered, double seconds) {}

  /**
   * @param name wrk or jetty; empty for wrk where it is installed
   * @param flags of the virtual machine, if it takes one
   */
  static Generator of(Optional<String> name, List<String> flags) {
    String wanted = name.orElseGet(() -> Wrk.isInstalled() ? "wrk" : "jetty");
    return switch (wanted) {
      case "wrk" -> new Wrk();
      case "jetty" -> new JettyGenerator(flags);
      default -> throw new IllegalArgumentException("there is no generator " + wanted);
    };
  }
}

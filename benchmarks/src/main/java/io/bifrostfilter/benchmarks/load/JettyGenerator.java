package io.bifrostfilter.benchmarks.load;

import io.bifrostfilter.benchmarks.process.ChildJvm;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Jetty's client, where wrk is not installed, and for what wrk cannot do. */
public final class JettyGenerator implements Generator {

  private final ChildJvm process;

  /**
   * @param flags of the virtual machine
   */
  public JettyGenerator(List<String> flags) {
    process = new ChildJvm(JettyGeneratorMain.class, flags);
  }

  @Override
  public String name() {
    return "Jetty's client";
  }

  @Override
  public Sent send(Load load, int connections, Duration duration) {
    String[] words = process.ask(command(load, connections, duration)).split(" ", -1);
    return new Sent(Long.parseLong(words[0]), Long.parseLong(words[1]) / 1e9);
  }

  /** Sends one request on each of so many connections, and completes when all are answered. */
  public CompletableFuture<Sent> sendOnceOnEach(Load load, int connections) {
    return CompletableFuture.supplyAsync(() -> send(load, connections, Duration.ZERO));
  }

  private static String command(Load load, int connections, Duration duration) {
    var words = new ArrayList<String>();
    words.add(load.method());
    words.add(load.url().toString());
    words.add(Integer.toString(connections));
    words.add(Long.toString(duration.toMillis()));
    words.add(load.body());
    words.add(Integer.toString(load.targets()));
    words.addAll(load.headers());
    return "send " + String.join("\t", words);
  }

  @Override
  public void close() {
    process.close();
  }
}

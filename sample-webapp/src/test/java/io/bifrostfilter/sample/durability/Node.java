package io.bifrostfilter.sample.durability;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** The sample as a process of its own, which can be killed and paused. For one thread. */
final class Node implements AutoCloseable {

  private static final Path WAR = Path.of(System.getProperty("sample.war"));
  private static final Path LOGS = Path.of(System.getProperty("java.io.tmpdir"));
  private static final Pattern LOGGED = Pattern.compile("^[0-9-]+T[0-9:.]+\\S* (INFO|WARN|ERROR) ");

  private final Process process;
  private final URI uri;
  private final Path log;
  private final long logBegins;

  private Node(Process process, URI uri, Path log, long logBegins) {
    this.process = process;
    this.uri = uri;
    this.log = log;
    this.logBegins = logBegins;
  }

  /** Returns once it answers. */
  static Node start(String name, Map<String, String> environment) throws IOException {
    var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    var builder =
        new ProcessBuilder(
            List.of(
                java,
                "-Xmx512m",
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "-Djava.io.tmpdir=" + LOGS,
                "-jar",
                WAR.toString()));
    builder.environment().keySet().removeIf(variable -> variable.startsWith("OPENAI_"));
    builder.environment().put("PORT", "0");
    builder.environment().putAll(environment);
    Path log = LOGS.resolve("node-" + name + ".log");
    long logBegins = Files.exists(log) ? Files.size(log) : 0;
    builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
    var process = builder.start();
    // What it prints later is nothing, so that the pipe cannot fill up.
    var ready = new BufferedReader(process.inputReader(UTF_8)).readLine();
    if (ready == null) {
      throw new IOException("node " + name + " did not start; see its log in " + LOGS);
    }
    return new Node(process, URI.create(ready.split(" ")[3]), log, logBegins);
  }

  URI uri(String path) {
    return uri.resolve(path);
  }

  /** What it has logged so far, without stack traces. */
  List<String> log() throws IOException {
    try (var file = Files.newInputStream(log)) {
      file.skipNBytes(logBegins);
      return new String(file.readAllBytes(), UTF_8)
          .lines()
          .filter(line -> LOGGED.matcher(line).find())
          .toList();
    }
  }

  /** As a power cut would: nothing is said to anybody. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** As a full machine would: it is there, and does nothing. */
  void pause() throws IOException, InterruptedException {
    signal("STOP");
  }

  void resume() throws IOException, InterruptedException {
    signal("CONT");
  }

  /** As a deployment would: it may finish what it does, for as long as it is configured to. */
  void stop() throws InterruptedException {
    process.toHandle().destroy();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      throw new IllegalStateException("the node does not stop");
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  private void signal(String name) throws IOException, InterruptedException {
    int status =
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
    if (status != 0) {
      throw new IOException("kill -" + name + " ended with " + status);
    }
  }
}

package io.bifrostfilter.sample.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A server in a process of its own, which ends with {@link #close} at the latest, and what it
 * prints. For one thread at a time.
 */
final class ServerProcess implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 30;
  private static final Pattern THREAD = Pattern.compile("^\"(.*?)\" .*");

  /** What the reader puts behind the last line; told by its identity. */
  @SuppressWarnings("StringOperationCanBeSimplified") // a string like no other
  private static final String END = new String("the process ended");

  private final Process process;
  private final BlockingQueue<String> unread = new LinkedBlockingQueue<>();
  private final List<String> log = new ArrayList<>();
  private final Thread reader;

  private ServerProcess(Process process) {
    this.process = process;
    // So that nobody waits for a line longer than PATIENCE_SECONDS. It ends with the process.
    reader = new Thread(this::read, "log of process " + process.pid());
    reader.setDaemon(true);
    reader.start();
  }

  /** Runs a command, with nothing in its environment that would change what these servers do. */
  static ServerProcess start(Path directory, Map<String, String> environment, List<String> command)
      throws IOException {
    var builder =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
    builder
        .environment()
        .keySet()
        .removeIf(name -> name.matches("(OPENAI|CATALINA|JETTY|BIFROST|JAVA|JRE|JDK)_.*"));
    builder.environment().putAll(environment);
    return new ServerProcess(builder.start());
  }

  private void read() {
    try (BufferedReader lines = process.inputReader(UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        unread.add(line);
      }
    } catch (IOException e) {
      unread.add("The log cannot be read: " + e);
    } finally {
      unread.add(END);
    }
  }

  /** Reads on in the log, up to the next line that has this in it. */
  Matcher await(Pattern pattern) throws InterruptedException {
    for (String line = nextLine(); line != END; line = nextLine()) {
      var matcher = pattern.matcher(line);
      if (matcher.find()) {
        return matcher;
      }
    }
    throw new AssertionError("It ended without " + pattern + ": " + log());
  }

  /** Reads on to the end of the log, which is that of the process. */
  void awaitEnd() throws InterruptedException {
    String line;
    do {
      line = nextLine();
    } while (line != END);
  }

  private String nextLine() throws InterruptedException {
    var line = unread.poll(PATIENCE_SECONDS, SECONDS);
    if (line == null) {
      throw new AssertionError("Nothing more was printed in time: " + log());
    }
    if (line != END) {
      log.add(line);
    }
    return line;
  }

  /** What was read so far. */
  String log() {
    return String.join("\n", log);
  }

  /** The names of the threads that run now. */
  List<String> threads() throws InterruptedException {
    var jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    var names = new ArrayList<String>();
    var pid = String.valueOf(process.pid());
    try (var dump = start(Path.of("."), Map.of(), List.of(jcmd, pid, "Thread.print"))) {
      dump.awaitEnd();
      dump.log.stream()
          .map(THREAD::matcher)
          .filter(Matcher::matches)
          .forEach(thread -> names.add(thread.group(1)));
      if (names.isEmpty()) {
        throw new AssertionError("No thread dump: " + dump.log());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return names;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Asks it to end, and reads what it has to say to that. */
  void stop() throws InterruptedException {
    // The process itself would close what it prints to at once.
    process.toHandle().destroy();
    awaitEnd();
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    // No longer than it takes the killed process to let go of its output.
    try {
      reader.join(SECONDS.toMillis(PATIENCE_SECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}

package io.bifrostfilter.benchmarks.process;

import com.sun.management.OperatingSystemMXBean;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The far end of a {@link ChildJvm}: answers commands until its input ends. Every one of them can
 * say what its virtual machine takes. For one thread.
 */
public final class Commands {

  static final String OK = "answer: ";
  static final String FAILED = "failed: ";

  private static final int COLLECTIONS = 3;

  private final Map<String, Command> commands = new HashMap<>();

  public Commands() {
    on("ready", argument -> "");
    on("cpu-nanos", argument -> Long.toString(cpuNanos()));
    on("heap", argument -> Long.toString(heapAfterCollection()));
    on("threads", prefix -> Long.toString(threads(prefix)));
  }

  /** What a command does. */
  public interface Command {

    /**
     * @param argument what followed the command and a blank; empty if nothing did
     * @return one line
     */
    String run(String argument) throws Exception;
  }

  public Commands on(String name, Command command) {
    commands.put(name, command);
    return this;
  }

  /** Answers on the standard output, which must be used for nothing else. */
  public void serve() throws IOException {
    PrintStream out = System.out;
    System.setOut(System.err);
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split(" ", 2);
      Command command = commands.get(words[0]);
      String answer;
      try {
        answer =
            command == null
                ? FAILED + "no such command"
                : OK + command.run(words.length == 1 ? "" : words[1]);
      } catch (Exception e) {
        answer = FAILED + e;
      }
      out.println(answer.replace('\n', ' '));
      out.flush();
    }
    System.exit(0);
  }

  static boolean isAnswer(String line) {
    return line.startsWith(OK) || line.startsWith(FAILED);
  }

  /** The processor time that this process has taken so far. */
  public static long cpuNanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  /** The bytes that are reachable, more or less: what is left after a few collections. */
  public static long heapAfterCollection() {
    long used = Long.MAX_VALUE;
    for (int i = 0; i < COLLECTIONS; i++) {
      System.gc();
      used = Math.min(used, leftByTheLastCollection());
    }
    return used;
  }

  /** As it was then: what is used by now is more on a machine that has kept us waiting. */
  private static long leftByTheLastCollection() {
    long left = 0;
    for (MemoryPoolMXBean pool : ManagementFactory.getMemoryPoolMXBeans()) {
      if (pool.getType() == MemoryType.HEAP) {
        left += pool.getCollectionUsage().getUsed();
      }
    }
    return left;
  }

  /** The threads whose names begin so. */
  private static long threads(String prefix) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    return Stream.of(threads.getThreadInfo(threads.getAllThreadIds()))
        // One that ended meanwhile is null.
        .filter(thread -> thread != null && thread.getThreadName().startsWith(prefix))
        .count();
  }
}

package io.bifrostfilter.benchmarks.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A main class that runs in a virtual machine of its own, and answers each line with a line, as
 * {@link Commands} has it. It ends with this one, even when this one is killed, since it reads the
 * end of its input then. For one thread at a time.
 */
public final class ChildJvm implements AutoCloseable {

  private static final long END_SECONDS = 20;

  private final String name;
  private final Process process;
  private final Writer commands;
  private final BufferedReader answers;

  /**
   * Returns when the main class is ready to answer.
   *
   * @param flags of the virtual machine
   */
  public ChildJvm(Class<?> main, List<String> flags, String... arguments) {
    var line = new ArrayList<String>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.addAll(flags);
    line.add("-cp");
    line.add(System.getProperty("java.class.path"));
    line.add(main.getName());
    line.addAll(List.of(arguments));
    name = main.getSimpleName() + " " + String.join(" ", arguments);
    try {
      process = new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    commands = process.outputWriter(StandardCharsets.UTF_8);
    answers =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    ask("ready");
  }

  /**
   * @throws IllegalStateException if it says that the command failed, or has ended
   */
  public String ask(String command) {
    try {
      commands.write(command + "\n");
      commands.flush();
      String answer = answers.readLine();
      while (answer != null && !Commands.isAnswer(answer)) {
        // Such as what the virtual machine has to say.
        System.err.println(answer);
        answer = answers.readLine();
      }
      if (answer == null) {
        throw new IllegalStateException(name + " ended; what it printed above says why");
      }
      if (answer.startsWith(Commands.FAILED)) {
        throw new IllegalStateException(name + " could not " + command + ": " + answer);
      }
      return answer.substring(Commands.OK.length());
    } catch (IOException e) {
      throw new IllegalStateException(name + " ended; what it printed above says why", e);
    }
  }

  public long askNumber(String command) {
    return Long.parseLong(ask(command));
  }

  @Override
  public void close() {
    try {
      commands.close();
      if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      process.destroyForcibly();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}

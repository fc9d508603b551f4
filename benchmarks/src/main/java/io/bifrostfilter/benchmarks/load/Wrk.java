package io.bifrostfilter.benchmarks.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The one that is written in C, and so leaves most of the machine to the server. */
final class Wrk implements Generator {

  private static final Pattern DONE =
      Pattern.compile("answered (\\d+) micros (\\d+) failed (\\d+)");

  static boolean isInstalled() {
    return List.of(System.getenv("PATH").split(":", -1)).stream()
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, "wrk")));
  }

  @Override
  public String name() {
    return "wrk";
  }

  @Override
  public Sent send(Load load, int connections, Duration duration) {
    try {
      Path script = Files.createTempFile("load", ".lua");
      try {
        Files.writeString(script, script(load));
        return send(load, connections, duration, script);
      } finally {
        Files.delete(script);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Sent send(Load load, int connections, Duration duration, Path script)
      throws IOException {
    // It knows no less than a second.
    long seconds = Math.max(1, duration.toSeconds());
    Process wrk =
        new ProcessBuilder(
                "wrk",
                "--threads=1",
                "--connections=" + connections,
                "--duration=" + seconds + "s",
                "--timeout=60s",
                "--script=" + script,
                load.url().toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(wrk.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    Matcher done = DONE.matcher(output);
    if (!done.find() || !done.group(3).equals("0")) {
      throw new IllegalStateException(load.method() + " " + load.url() + ": " + output);
    }
    return new Sent(Long.parseLong(done.group(1)), Long.parseLong(done.group(2)) / 1e6);
  }

  private static String script(Load load) {
    var script = new StringBuilder("wrk.method = \"" + load.method() + "\"\n");
    for (String header : load.headers()) {
      String[] nameAndValue = header.split(": ", 2);
      script.append("wrk.headers[\"%s\"] = \"%s\"%n".formatted(nameAndValue[0], nameAndValue[1]));
    }
    if (!load.body().isEmpty()) {
      script.append("wrk.body = [==[").append(load.body()).append("]==]\n");
    }
    if (load.targets() > 1) {
      String path = URI.create(load.prefix()).getRawPath();
      script.append(
          """
          request = function()
            return wrk.format(nil, "%s" .. string.format("%%0%dx", math.random(0, %d)))
          end
          """
              .formatted(path, Load.DIGITS, load.targets() - 1));
    }
    return script
        + """
        function done(summary, latency, requests)
          local e = summary.errors
          print(string.format("answered %d micros %d failed %d", summary.requests,
              summary.duration, e.connect + e.read + e.write + e.status + e.timeout))
        end
        """;
  }

  @Override
  public void close() {}
}

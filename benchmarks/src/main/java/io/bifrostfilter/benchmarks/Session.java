package io.bifrostfilter.benchmarks;

import io.bifrostfilter.benchmarks.load.Generator;
import io.bifrostfilter.benchmarks.server.Server;
import io.bifrostfilter.benchmarks.server.ServerMain.Role;
import java.io.PrintStream;
import java.util.ArrayList;

/**
 * What the parts of one run share: how thoroughly to measure, where the load comes from, and where
 * the figures go. For one thread.
 */
public record Session(Options options, Generator generator, PrintStream out) {

  /** Prints a section of the report. */
  public void print(String title, Object table, String... notes) {
    out.println("\n### " + title + "\n");
    out.println(table);
    for (String note : notes) {
      out.println("\n" + note);
    }
    out.flush();
  }

  /** Starts a server in a process of its own. */
  public Server server(String container, Role role, String... arguments) {
    var flags = new ArrayList<>(options.flags("2g", "2g"));
    options
        .recordings()
        .ifPresent(
            directory -> {
              String file = container + "-" + role + "-" + System.nanoTime() + ".jfr";
              flags.add(
                  "-XX:StartFlightRecording=settings=profile,dumponexit=true,filename="
                      + directory.resolve(file));
            });
    return Server.start(flags, container, role, arguments);
  }
}

package io.bifrostfilter.benchmarks.parts;

import io.bifrostfilter.benchmarks.Options;
import io.bifrostfilter.benchmarks.Part;
import io.bifrostfilter.benchmarks.Session;
import io.bifrostfilter.benchmarks.load.Generator.Sent;
import io.bifrostfilter.benchmarks.load.MixedLoadMain;
import io.bifrostfilter.benchmarks.process.ChildJvm;
import io.bifrostfilter.benchmarks.report.Samples;
import io.bifrostfilter.benchmarks.report.Table;
import io.bifrostfilter.benchmarks.server.Server;
import io.bifrostfilter.benchmarks.server.ServerMain.Role;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Half of what the server can do, for as long as is asked: submits, polls, waits, cancels, deletes
 * and expiry. The heap after a collection and the threads are to stay as they are, without an
 * error.
 */
public final class SoakPart implements Part {

  private static final double SHARE_OF_PEAK = 0.5;

  /** Of requests that the mix makes for each job. */
  private static final double REQUESTS_PER_JOB = 1.9;

  private static final int SAMPLES = 30;

  @Override
  public String name() {
    return "soak";
  }

  @Override
  public void run(Session session) {
    Options options = session.options();
    String container = options.containers().get(0);
    try (Server server = session.server(container, Role.WHOLE)) {
      double peak = peak(session, server);
      server.restart();
      double jobs = Math.max(1, peak * SHARE_OF_PEAK / REQUESTS_PER_JOB);
      try (var load =
          new ChildJvm(
              MixedLoadMain.class,
              options.flags("256m", "1g"),
              server.url("").toString(),
              Double.toString(jobs))) {
        soak(session, container, server, load, peak);
      }
    }
  }

  /** Jobs per second that are submitted and waited for, when all is warm. */
  private static double peak(Session session, Server server) {
    Options options = session.options();
    session.generator().send(Calls.submitAndWait(server), options.connections(), options.warmUp());
    Sent sent =
        session
            .generator()
            .send(Calls.submitAndWait(server), options.connections(), options.turn());
    return sent.answered() / sent.seconds();
  }

  private static void soak(
      Session session, String container, Server server, ChildJvm load, double peak) {
    var table =
        new Table(
            "minute",
            "requests",
            "errors",
            "held back",
            "heap MiB after GC",
            "threads",
            "jobs stored");
    Duration soak = session.options().soak();
    var heaps = new ArrayList<Double>();
    var threads = new ArrayList<Double>();
    long start = System.nanoTime();
    String[] counts = {};
    for (int sample = 1; sample <= SAMPLES; sample++) {
      long at = start + soak.toNanos() / SAMPLES * sample;
      for (long left = at - System.nanoTime(); left > 0; left = at - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
      counts = load.ask("counts").split(" ", -1);
      heaps.add(server.heap() / 1048576.0);
      threads.add((double) server.threads());
      Server.Jobs jobs = server.jobs();
      table.row(
          Samples.readable((System.nanoTime() - start) / 60e9),
          counts[0],
          counts[1],
          counts[2],
          Samples.readable(heaps.get(heaps.size() - 1)),
          server.threads(),
          jobs.unfinished() + jobs.completed() + jobs.failed());
    }
    load.ask("stop");
    session.print(
        "Soak, on "
            + container
            + ", at half of a peak of "
            + Samples.readable(peak)
            + " jobs per second",
        table,
        trend("Heap in MiB", heaps) + " " + trend("Threads", threads),
        counts[1].equals("0")
            ? "No error."
            : "The last of " + counts[1] + " errors: " + load.ask("last-error"));
  }

  /** The second quarter beside the last: the first is for warming up. */
  private static String trend(String what, List<Double> values) {
    int quarter = values.size() / 4;
    return "%s, second quarter to last: %s → %s."
        .formatted(
            what,
            Samples.readable(new Samples(values.subList(quarter, 2 * quarter)).median()),
            Samples.readable(
                new Samples(values.subList(values.size() - quarter, values.size())).median()));
  }
}

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
 * Half of what the server can do, for as long as is asked: submits, polls, waits, cancels, deletes,
 * expiry and webhooks. The heap after a collection and the threads are to stay as they are, without
 * an error, and no webhook is to be missing in the end.
 */
public final class SoakPart implements Part {

  private static final double SHARE_OF_PEAK = 0.5;

  /** Of requests that the mix makes for each job. */
  private static final double REQUESTS_PER_JOB = 1.9;

  private static final int SAMPLES = 30;
  private static final long MINUTE_NANOS = 60_000_000_000L;
  private static final long LOOK_AGAIN_NANOS = 50_000_000;

  @Override
  public String name() {
    return "soak";
  }

  @Override
  public void run(Session session) {
    Options options = session.options();
    String container = options.containers().get(0);
    try (Server receiver = session.server(container, Role.SLOW, "0");
        Server server = session.server(container, Role.WHOLE, receiver.url("/told").toString())) {
      double peak = peak(session, server);
      server.restart();
      double jobs = options.pace().orElse(Math.max(1, peak * SHARE_OF_PEAK / REQUESTS_PER_JOB));
      try (var load =
          new ChildJvm(
              MixedLoadMain.class,
              options.flags("256m", "1g"),
              server.url("").toString(),
              Double.toString(jobs))) {
        String pace =
            Samples.readable(jobs)
                + " jobs begun a second, where "
                + Samples.readable(peak)
                + " can be waited for";
        soak(session, container + ", " + pace, server, receiver, load);
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
      Session session, String where, Server server, Server receiver, ChildJvm load) {
    var table =
        new Table(
            "minute",
            "requests",
            "errors",
            "held back",
            "webhooks",
            "heap MiB after GC",
            "threads",
            "of these the library's",
            "jobs stored");
    Duration soak = session.options().soak();
    var heaps = new ArrayList<Double>();
    var threads = new ArrayList<Double>();
    var own = new ArrayList<Double>();
    long start = System.nanoTime();
    for (int sample = 1; sample <= SAMPLES; sample++) {
      long at = start + soak.toNanos() / SAMPLES * sample;
      for (long left = at - System.nanoTime(); left > 0; left = at - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
      String[] counts = load.ask("counts").split(" ", -1);
      heaps.add(server.heap() / 1048576.0);
      threads.add((double) server.threads());
      own.add((double) server.threadsOfTheLibrary());
      Server.Jobs jobs = server.jobs();
      table.row(
          Samples.readable((System.nanoTime() - start) / 60e9),
          counts[0],
          counts[1],
          counts[2],
          receiver.jobs().completed(),
          last(heaps),
          last(threads),
          last(own),
          jobs.unfinished() + jobs.completed() + jobs.failed());
    }
    load.ask("stop");
    String[] counts = load.ask("counts").split(" ", -1);
    long toBeTold = Long.parseLong(counts[3]);
    long told = toldWithinAMinute(receiver, toBeTold);
    session.print(
        "Soak, on " + where,
        table,
        trend("Heap in MiB", heaps),
        trend("Threads", threads) + " " + trend("Threads of the library", own),
        "The container's pool grows with the most that it ever had to do at once, up to a bound of"
            + " its own.",
        counts[1].equals("0")
            ? "No error."
            : "The last of " + counts[1] + " errors: " + load.ask("last-error"),
        "Of " + toBeTold + " jobs with a webhook, " + told + " deliveries came.");
  }

  /**
   * Waits until so many webhooks have come, and returns how many have; more come only if one is
   * repeated.
   */
  private static long toldWithinAMinute(Server receiver, long toBeTold) {
    long end = System.nanoTime() + MINUTE_NANOS;
    while (receiver.jobs().completed() < toBeTold && System.nanoTime() < end) {
      LockSupport.parkNanos(LOOK_AGAIN_NANOS);
    }
    return receiver.jobs().completed();
  }

  private static String last(List<Double> values) {
    return Samples.readable(values.get(values.size() - 1));
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

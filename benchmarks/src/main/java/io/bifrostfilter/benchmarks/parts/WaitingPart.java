package io.bifrostfilter.benchmarks.parts;

import com.sun.management.UnixOperatingSystemMXBean;
import io.bifrostfilter.benchmarks.Options;
import io.bifrostfilter.benchmarks.Part;
import io.bifrostfilter.benchmarks.Session;
import io.bifrostfilter.benchmarks.load.Generator.Sent;
import io.bifrostfilter.benchmarks.load.JettyGenerator;
import io.bifrostfilter.benchmarks.load.Load;
import io.bifrostfilter.benchmarks.report.Samples;
import io.bifrostfilter.benchmarks.report.Table;
import io.bifrostfilter.benchmarks.report.Target;
import io.bifrostfilter.benchmarks.server.Payloads;
import io.bifrostfilter.benchmarks.server.Server;
import io.bifrostfilter.benchmarks.server.ServerMain.Role;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * What it takes to wait: thousands of jobs in flight against a handler that takes ten seconds, and
 * as many callers that wait for them.
 */
public final class WaitingPart implements Part {

  private static final int WARM_UP_JOBS = 200;
  private static final int LOOKS_AT_CPU = 4;
  private static final long IDLE_NANOS = 500_000_000;
  private static final long LOOK_AGAIN_NANOS = 5_000_000;

  /** What else a server has open. */
  private static final long OTHER_FILES = 600;

  private static final int HEAP_BEYOND_PAYLOAD = 2048;

  @Override
  public String name() {
    return "waiting";
  }

  @Override
  public void run(Session session) throws Exception {
    int jobs = affordable(session.options());
    long millis = session.options().handlerTime().toMillis();
    String handlerTime = Long.toString(millis);
    var table =
        new Table(
            "on Jetty",
            "in flight",
            "threads, before → meanwhile",
            "heap KiB each",
            "CPU ms per second meanwhile");
    List<String> flags = session.options().flags("256m", "2g");
    try (Server handler = session.server("jetty", Role.SLOW, handlerTime)) {
      String target = handler.url("").toString();
      try (Server plain = session.server("jetty", Role.SLOW, handlerTime)) {
        String name = "requests, without the filter";
        waiting(flags, table, name, plain, jobs, Calls.ordinary(plain), true);
      }
      double left;
      try (Server server = session.server("jetty", Role.ELSEWHERE, target)) {
        left =
            waiting(
                flags,
                table,
                "jobs, callers gone",
                server,
                jobs,
                Calls.submitByPath(server),
                false);
      }
      try (Server server = session.server("jetty", Role.ELSEWHERE, target)) {
        waiting(
            flags, table, "jobs, callers waiting", server, jobs, Calls.submitAndWait(server), true);
      }
      double bound =
          (Payloads.request().length() + Payloads.answer().length + HEAP_BEYOND_PAYLOAD) / 1024.0;
      session.print(
          "Waiting for a handler that takes " + millis / 1000 + " s",
          table,
          Double.isNaN(left)
              ? "The first were done before the last were there: --handler gives more time."
              : "A job in flight, its exchange with the handler included: "
                  + Samples.readable(left)
                  + " KiB; target "
                  + Target.atMost(bound, " KiB").judge(left)
                  + ".",
          "The container's part is in the first row: requests that wait without the filter.",
          jobs < session.options().jobs()
              ? "This machine lets a process open no more files than "
                  + jobs
                  + " jobs need, with a connection each way."
              : "Threads are to be the same before and meanwhile, within those that a pool"
                  + " starts.");
    }
  }

  /**
   * Adds a row, and returns the heap that each takes, in KiB; not a number if the first was done
   * before the last was there.
   */
  private static double waiting(
      List<String> flags,
      Table table,
      String name,
      Server server,
      int jobs,
      Load load,
      boolean callersStay)
      throws Exception {
    var callers = new JettyGenerator(flags);
    try {
      // What is loaded and started once is not what one more costs.
      callers.sendOnceOnEach(load, Math.min(jobs, WARM_UP_JOBS)).get();
      await(() -> server.jobs().unfinished() == 0);
      long heapBefore = server.heap();
      long threadsBefore = server.threads();
      long doneBefore = server.jobs().completed();
      CompletableFuture<Sent> answers = callers.sendOnceOnEach(load, jobs);
      if (!callersStay) {
        answers.get();
        callers.close();
      }
      // Until all are there, or the first is done, whichever comes first.
      await(
          () -> {
            Server.Jobs now = server.jobs();
            return now.running() >= jobs || now.completed() + now.failed() > doneBefore;
          });
      long inFlight = server.jobs().running();
      // What waits to be started or is done already is no measure of what is in flight.
      double each = inFlight < jobs ? Double.NaN : (server.heap() - heapBefore) / 1024.0 / inFlight;
      long threads = server.threads();
      table.row(
          name,
          inFlight,
          threadsBefore + " → " + threads,
          Double.isNaN(each) ? "not all at once" : Samples.readable(each),
          Samples.readable(cpuMillisPerSecond(server)));
      answers.get();
      await(() -> server.jobs().unfinished() == 0);
      return each;
    } finally {
      callers.close();
    }
  }

  /**
   * The least of a few looks: whoever polls does it in each of them, while the compiler, which the
   * rush before has given much to do, comes to an end.
   */
  private static double cpuMillisPerSecond(Server server) {
    double least = Double.MAX_VALUE;
    for (int i = 0; i < LOOKS_AT_CPU; i++) {
      long cpu = server.cpuNanos();
      long start = System.nanoTime();
      LockSupport.parkNanos(IDLE_NANOS);
      least = Math.min(least, 1000.0 * (server.cpuNanos() - cpu) / (System.nanoTime() - start));
    }
    return least;
  }

  private static void await(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      LockSupport.parkNanos(LOOK_AGAIN_NANOS);
    }
  }

  private static int affordable(Options options) {
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix) {
      long each = (unix.getMaxFileDescriptorCount() - OTHER_FILES) / 2;
      return (int) Math.min(options.jobs(), each);
    }
    return options.jobs();
  }
}

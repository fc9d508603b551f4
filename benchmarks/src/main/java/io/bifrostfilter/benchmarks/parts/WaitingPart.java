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
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * What it takes to wait: thousands of jobs in flight against a handler that takes ten seconds, and
 * as many callers that wait for them.
 */
public final class WaitingPart implements Part {

  private static final int WARM_UP_JOBS = 200;

  /** What comes before is for all to arrive, and what comes after for who is late. */
  private static final int LOOKING_PART_OF_HANDLER_TIME = 3;

  private static final long LOOK_NANOS = 500_000_000;
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
    try (Server handler = session.server("jetty", Role.SLOW, handlerTime)) {
      String target = handler.url("").toString();
      try (Server plain = session.server("jetty", Role.SLOW, handlerTime)) {
        var requests =
            new Crowd("requests, without the filter", Calls.ordinary(plain), plain, plain, true);
        waiting(session.options(), table, jobs, requests);
      }
      double left;
      try (Server server = session.server("jetty", Role.ELSEWHERE, target)) {
        var gone =
            new Crowd("jobs, callers gone", Calls.submitByPath(server), server, handler, false);
        left = waiting(session.options(), table, jobs, gone);
      }
      try (Server server = session.server("jetty", Role.ELSEWHERE, target)) {
        var staying =
            new Crowd("jobs, callers waiting", Calls.submitAndWait(server), server, handler, true);
        waiting(session.options(), table, jobs, staying);
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
   * Whoever comes at once.
   *
   * @param handler where each is to arrive: a job that runs may still have to be sent
   * @param stays until its answer is there
   */
  private record Crowd(String name, Load load, Server server, Server handler, boolean stays) {}

  /**
   * Adds a row, and returns the heap that each takes, in KiB; not a number if the first was done
   * before the last was there.
   */
  private static double waiting(Options options, Table table, int jobs, Crowd crowd)
      throws Exception {
    Server server = crowd.server();
    Load load = crowd.load();
    var callers = new JettyGenerator(options.flags("256m", "2g"));
    try {
      // What is loaded and started once is not what one more costs.
      callers.sendOnceOnEach(load, Math.min(jobs, WARM_UP_JOBS)).get();
      await(() -> server.jobs().unfinished() == 0);
      long heapBefore = server.heap();
      long threadsBefore = server.threads();
      long doneBefore = done(server);
      CompletableFuture<Sent> answers = callers.sendOnceOnEach(load, jobs);
      if (!crowd.stays()) {
        answers.get();
        callers.close();
      }
      // Until all are there, or the first is done, whichever comes first.
      await(() -> crowd.handler().jobs().running() >= jobs || done(server) > doneBefore);
      long inFlight = crowd.handler().jobs().running();
      // What waits to be started or is done already is no measure of what is in flight.
      double each = inFlight < jobs ? Double.NaN : (server.heap() - heapBefore) / 1024.0 / inFlight;
      long threads = server.threads();
      Duration looking = options.handlerTime().dividedBy(LOOKING_PART_OF_HANDLER_TIME);
      String cpu = cpuMillisPerSecond(server, doneBefore, looking);
      table.row(
          crowd.name(),
          inFlight,
          threadsBefore + " → " + threads,
          Double.isNaN(each) ? "not all at once" : Samples.readable(each),
          cpu);
      answers.get();
      await(() -> server.jobs().unfinished() == 0);
      return each;
    } finally {
      callers.close();
    }
  }

  /**
   * Of several looks, since the rush before has given the compiler much to do, and the renewal of
   * leases comes every ten seconds. Of no use once any job is done.
   */
  private static String cpuMillisPerSecond(Server server, long doneBefore, Duration looking) {
    var looks = new ArrayList<Double>();
    long end = System.nanoTime() + looking.toNanos();
    do {
      long cpu = server.cpuNanos();
      long start = System.nanoTime();
      LockSupport.parkNanos(LOOK_NANOS);
      looks.add(1000.0 * (server.cpuNanos() - cpu) / (System.nanoTime() - start));
    } while (System.nanoTime() < end);
    return done(server) > doneBefore ? "not all the while" : new Samples(looks).toString();
  }

  private static long done(Server server) {
    Server.Jobs now = server.jobs();
    return now.completed() + now.failed();
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

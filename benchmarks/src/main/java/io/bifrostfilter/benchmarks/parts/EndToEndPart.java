package io.bifrostfilter.benchmarks.parts;

import io.bifrostfilter.benchmarks.Contest;
import io.bifrostfilter.benchmarks.Contest.Contender;
import io.bifrostfilter.benchmarks.Contest.Scores;
import io.bifrostfilter.benchmarks.Contest.Took;
import io.bifrostfilter.benchmarks.Contest.Turn;
import io.bifrostfilter.benchmarks.Part;
import io.bifrostfilter.benchmarks.Session;
import io.bifrostfilter.benchmarks.report.Samples;
import io.bifrostfilter.benchmarks.report.Target;
import io.bifrostfilter.benchmarks.server.Server;
import io.bifrostfilter.benchmarks.server.ServerMain.Role;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Jobs from submit to result, played back to a handler that does no work, beside requests to that
 * handler: with callers that wait for the result, and with callers that go away.
 */
public final class EndToEndPart implements Part {

  private static final double SHARE = 0.30;
  private static final Target CPU = Target.atMost(100, " µs");
  private static final long LOOK_AGAIN_NANOS = 1_000_000;

  /**
   * More code than any other part runs, on machines whose every core is busy: the compiler takes
   * this many times as long as elsewhere until a job costs no less from turn to turn.
   */
  private static final int WARM_UPS = 6;

  @Override
  public String name() {
    return "end-to-end";
  }

  @Override
  public void run(Session session) throws Exception {
    for (String container : session.options().containers()) {
      try (Server plain = session.server(container, Role.PLAIN);
          Server filtered = session.server(container, Role.WHOLE)) {
        var contest =
            new Contest(
                "requests or jobs",
                List.of(
                    new Contender(
                        "the handler",
                        Contest.requestsFromScratch(session, plain, () -> Calls.ordinary(plain))),
                    new Contender("jobs, callers leave", submitsUntilAllAreDone(session, filtered))
                        .atLeast(SHARE),
                    new Contender(
                            "jobs, callers wait",
                            Contest.requestsFromScratch(
                                session, filtered, () -> Calls.submitAndWait(filtered)))
                        .atLeast(SHARE)));
        for (int i = 1; i < WARM_UPS; i++) {
          contest.warmUp(session.options());
        }
        List<Scores> scores = contest.run(session.options());
        session.print(
            "End to end, on " + container,
            contest.table(scores),
            more("callers leave", scores.get(1), scores.get(0)),
            more("callers wait", scores.get(2), scores.get(0)));
      }
    }
  }

  /** Counts as long as it takes to the last result. */
  private static Turn submitsUntilAllAreDone(Session session, Server server) {
    return duration -> {
      server.restart();
      long cpu = server.cpuNanos();
      long start = System.nanoTime();
      var sent =
          session
              .generator()
              .send(Calls.submitByPath(server), session.options().connections(), duration);
      while (server.jobs().unfinished() > 0) {
        LockSupport.parkNanos(LOOK_AGAIN_NANOS);
      }
      double seconds = (System.nanoTime() - start) / 1e9;
      if (server.jobs().failed() > 0) {
        throw new IllegalStateException(server.jobs() + " after " + sent);
      }
      return new Took(server.jobs().completed(), seconds, server.cpuNanos() - cpu);
    };
  }

  private static String more(String name, Scores jobs, Scores plain) {
    Samples more = jobs.cpuMicros().minus(plain.cpuMicros());
    return "Where "
        + name
        + ": "
        + more
        + " µs of CPU per job beyond a plain request; target "
        + CPU.judge(more.median())
        + ".";
  }
}

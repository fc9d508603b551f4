package io.bifrostfilter.benchmarks.parts;

import io.bifrostfilter.benchmarks.Contest;
import io.bifrostfilter.benchmarks.Contest.Contender;
import io.bifrostfilter.benchmarks.Part;
import io.bifrostfilter.benchmarks.Session;
import io.bifrostfilter.benchmarks.server.Server;
import io.bifrostfilter.benchmarks.server.ServerMain.Role;
import java.util.List;

/**
 * Submits of 1 KiB, while every slot of the worker is taken, beside a servlet that reads as much.
 */
public final class SubmitPart implements Part {

  private static final double SHARE = 0.90;

  @Override
  public String name() {
    return "submit";
  }

  @Override
  public void run(Session session) throws Exception {
    for (String container : session.options().containers()) {
      try (Server plain = session.server(container, Role.PLAIN);
          Server filtered = session.server(container, Role.PARKED)) {
        var contest =
            new Contest(
                "requests",
                List.of(
                    new Contender(
                        "a servlet",
                        Contest.requestsFromScratch(session, plain, () -> Calls.ordinary(plain))),
                    new Contender(
                            "submit by path",
                            Contest.requestsFromScratch(
                                session, filtered, () -> Calls.submitByPath(filtered)))
                        .atLeast(SHARE),
                    new Contender(
                            "submit by header",
                            Contest.requestsFromScratch(
                                session, filtered, () -> Calls.submitByHeader(filtered)))
                        .atLeast(SHARE)));
        session.print("Submit, on " + container, contest.table(contest.run(session.options())));
      }
    }
  }
}

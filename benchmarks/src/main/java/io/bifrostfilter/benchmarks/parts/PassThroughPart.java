package io.bifrostfilter.benchmarks.parts;

import io.bifrostfilter.benchmarks.Contest;
import io.bifrostfilter.benchmarks.Contest.Contender;
import io.bifrostfilter.benchmarks.Part;
import io.bifrostfilter.benchmarks.Session;
import io.bifrostfilter.benchmarks.server.Server;
import io.bifrostfilter.benchmarks.server.ServerMain.Role;
import java.util.List;

/**
 * What an ordinary request pays in all: the handler's own, with the filter before it and without.
 */
public final class PassThroughPart implements Part {

  @Override
  public String name() {
    return "pass";
  }

  @Override
  public void run(Session session) throws Exception {
    for (String container : session.options().containers()) {
      try (Server plain = session.server(container, Role.PLAIN);
          Server again = session.server(container, Role.PLAIN);
          Server filtered = session.server(container, Role.WHOLE)) {
        var contest =
            new Contest(
                "requests",
                List.of(
                    contender("the handler", session, plain),
                    contender("the same again", session, again),
                    contender("with the filter", session, filtered)));
        session.print(
            "An ordinary request, on " + container,
            contest.table(contest.run(session.options())),
            "The handler stands there twice, so that the noise is known.");
      }
    }
  }

  private static Contender contender(String name, Session session, Server server) {
    return new Contender(name, Contest.requests(session, server, () -> Calls.ordinary(server)));
  }
}

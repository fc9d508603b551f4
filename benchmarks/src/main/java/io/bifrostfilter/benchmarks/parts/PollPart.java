package io.bifrostfilter.benchmarks.parts;

import io.bifrostfilter.benchmarks.Contest;
import io.bifrostfilter.benchmarks.Contest.Contender;
import io.bifrostfilter.benchmarks.Part;
import io.bifrostfilter.benchmarks.Session;
import io.bifrostfilter.benchmarks.load.Http;
import io.bifrostfilter.benchmarks.load.Load;
import io.bifrostfilter.benchmarks.server.Server;
import io.bifrostfilter.benchmarks.server.ServerMain.Role;
import java.util.List;

/**
 * Polls, each beside a servlet that sends the same answer to the same request, headers included.
 */
public final class PollPart implements Part {

  private static final double SHARE = 0.95;

  @Override
  public String name() {
    return "poll";
  }

  @Override
  public void run(Session session) throws Exception {
    for (String container : session.options().containers()) {
      try (Server filtered = session.server(container, Role.ANSWERING)) {
        String id = Http.submit(Calls.submitAndWait(filtered));
        measure(session, container, "a job that is done", Calls.poll(filtered, id), filtered);
      }
      try (Server filtered = session.server(container, Role.PARKED)) {
        String id = Http.submit(Calls.submitByPath(filtered));
        measure(session, container, "a job that is not", Calls.poll(filtered, id), filtered);
      }
    }
  }

  private static void measure(
      Session session, String container, String what, Load poll, Server filtered) throws Exception {
    // One that has answered before would be the warmer of the two.
    try (Server plain = session.server(container, Role.PLAIN)) {
      plain.answerLike(Http.send(poll));
      Load same = poll.to(plain.url(poll.url().getPath()));
      var contest =
          new Contest(
              "requests",
              List.of(
                  new Contender("a servlet", Contest.requests(session, plain, () -> same)),
                  new Contender("poll", Contest.requests(session, filtered, () -> poll))
                      .atLeast(SHARE)));
      session.print(
          "Poll of " + what + ", on " + container, contest.table(contest.run(session.options())));
    }
  }
}

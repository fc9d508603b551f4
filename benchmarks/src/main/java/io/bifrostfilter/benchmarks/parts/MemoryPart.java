package io.bifrostfilter.benchmarks.parts;

import io.bifrostfilter.benchmarks.Part;
import io.bifrostfilter.benchmarks.Session;
import io.bifrostfilter.benchmarks.load.Load;
import io.bifrostfilter.benchmarks.report.Samples;
import io.bifrostfilter.benchmarks.report.Table;
import io.bifrostfilter.benchmarks.report.Target;
import io.bifrostfilter.benchmarks.server.Payloads;
import io.bifrostfilter.benchmarks.server.Server;
import io.bifrostfilter.benchmarks.server.ServerMain.Role;
import java.time.Duration;
import java.util.ArrayList;
import java.util.function.Function;

/**
 * The heap that a stored job takes beyond its payload: what a server that holds many has more on
 * its heap than before, after a collection, for each of them.
 */
public final class MemoryPart implements Part {

  private static final Target BEYOND_PAYLOAD = Target.atMost(1024, " B");

  /** So many that what else a heap gains meanwhile, a few megabytes, is little for each. */
  private static final int ENOUGH = 10_000;

  @Override
  public String name() {
    return "memory";
  }

  @Override
  public void run(Session session) {
    var table =
        new Table("", "on", "jobs stored", "bytes each", "of these payload", "beyond it", "target");
    for (String container : session.options().containers()) {
      measure(
          session,
          table,
          container,
          "waiting",
          Role.PARKED,
          Calls::submitByPath,
          Payloads.request().length());
      measure(
          session,
          table,
          container,
          "done",
          Role.WHOLE,
          Calls::submitAndWait,
          Payloads.answer().length);
    }
    session.print(
        "Memory of a stored job",
        table,
        "Payload is the body that is kept, and nothing else: headers and ids count as beyond it.");
  }

  private static void measure(
      Session session,
      Table table,
      String container,
      String state,
      Role role,
      Function<Server, Load> load,
      int payload) {
    try (Server server = session.server(container, role)) {
      // What is loaded and opened once is not what one more job costs, nor what a restart begins
      // with.
      fill(session, server, load, session.options().warmUp());
      var each = new ArrayList<Double>();
      long stored = 0;
      for (int round = 0; round < Math.min(3, session.options().rounds()); round++) {
        server.restart();
        fill(session, server, load, session.options().turn());
        long jobsBefore = all(server);
        long before = server.heap();
        do {
          fill(session, server, load, session.options().turn());
          stored = all(server) - jobsBefore;
        } while (stored < (session.options().quick() ? 1 : ENOUGH));
        each.add((server.heap() - before) / (double) stored);
      }
      var bytes = new Samples(each);
      var beyond = bytes.minus(new Samples(each.stream().map(any -> (double) payload).toList()));
      table.row(
          state, container, stored, bytes, payload, beyond, BEYOND_PAYLOAD.judge(beyond.median()));
    }
  }

  private static void fill(
      Session session, Server server, Function<Server, Load> load, Duration duration) {
    session.generator().send(load.apply(server), session.options().connections(), duration);
  }

  private static long all(Server server) {
    Server.Jobs jobs = server.jobs();
    return jobs.unfinished() + jobs.completed();
  }
}

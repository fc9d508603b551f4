package io.bifrostfilter.benchmarks.parts;

import io.bifrostfilter.benchmarks.Contest;
import io.bifrostfilter.benchmarks.Contest.Contender;
import io.bifrostfilter.benchmarks.Contest.Took;
import io.bifrostfilter.benchmarks.Contest.Turn;
import io.bifrostfilter.benchmarks.Options;
import io.bifrostfilter.benchmarks.Part;
import io.bifrostfilter.benchmarks.Session;
import io.bifrostfilter.benchmarks.load.Load;
import io.bifrostfilter.benchmarks.process.ChildJvm;
import io.bifrostfilter.benchmarks.queues.Postgres;
import io.bifrostfilter.benchmarks.report.Samples;
import io.bifrostfilter.benchmarks.store.GrowthMain;
import java.util.ArrayList;
import java.util.List;

/** What a store does per second when it holds a thousand jobs, a hundred thousand and a million. */
public final class GrowthPart implements Part {

  private static final List<Integer> SIZES = List.of(1_000, 100_000, 1_000_000);
  private static final List<Integer> QUICK_SIZES = List.of(100, 1_000);
  private static final int QUICK_EXPIRING = 100;

  private final Kind kind;

  /** Of the store. */
  public enum Kind {
    MEMORY("growth", 20_000, "4g"),
    POSTGRES("growth-postgres", 5_000, "1g");

    private final String part;
    private final int expiring;
    private final String heap;

    Kind(String part, int expiring, String heap) {
      this.part = part;
      this.expiring = expiring;
      this.heap = heap;
    }
  }

  public GrowthPart(Kind kind) {
    this.kind = kind;
  }

  @Override
  public String name() {
    return kind.part;
  }

  @Override
  public void run(Session session) throws Exception {
    List<Integer> sizes = session.options().quick() ? QUICK_SIZES : SIZES;
    List<List<String>> arguments = new ArrayList<>();
    if (kind == Kind.MEMORY) {
      sizes.forEach(size -> arguments.add(List.of(Integer.toString(size))));
      measure(session, "the memory store", sizes, arguments);
      return;
    }
    try (Postgres postgres = Postgres.start()) {
      sizes.forEach(
          size ->
              arguments.add(List.of(Integer.toString(size), postgres.create("growth_" + size))));
      String name = "the JDBC store on PostgreSQL " + postgres.version();
      measure(session, name, sizes, arguments);
    }
  }

  private void measure(
      Session session, String store, List<Integer> sizes, List<List<String>> arguments)
      throws Exception {
    Options options = session.options();
    List<String> flags = options.flags(kind.heap, kind.heap);
    var stores = new ArrayList<ChildJvm>();
    try {
      for (List<String> each : arguments) {
        stores.add(new ChildJvm(GrowthMain.class, flags, each.toArray(String[]::new)));
      }
      compare(session, store, "submit", sizes, stores, Long.toString(options.turn().toMillis()));
      compare(session, store, "poll", sizes, stores, Long.toString(options.turn().toMillis()));
      int expiring = options.quick() ? QUICK_EXPIRING : kind.expiring;
      compare(session, store, "expire", sizes, stores, Integer.toString(expiring));
      pollByHttp(session, store, sizes, stores);
    } finally {
      stores.forEach(ChildJvm::close);
    }
  }

  private static void compare(
      Session session,
      String store,
      String verb,
      List<Integer> sizes,
      List<ChildJvm> stores,
      String argument)
      throws Exception {
    var turns = new ArrayList<Turn>();
    for (ChildJvm process : stores) {
      turns.add(duration -> took(process.ask(verb + " " + argument)));
    }
    compare(session, store, verb, "jobs", sizes, turns);
  }

  /** What a caller sees of it. */
  private static void pollByHttp(
      Session session, String store, List<Integer> sizes, List<ChildJvm> stores) throws Exception {
    String container = session.options().containers().get(0);
    var turns = new ArrayList<Turn>();
    for (int i = 0; i < sizes.size(); i++) {
      ChildJvm process = stores.get(i);
      int port = (int) process.askNumber("listen " + container);
      Load polls = Calls.pollAnyOf(port, sizes.get(i));
      turns.add(Contest.requests(session, () -> process.askNumber("cpu-nanos"), () -> polls));
    }
    compare(session, store, "poll by HTTP, on " + container, "requests", sizes, turns);
  }

  private static void compare(
      Session session,
      String store,
      String what,
      String unit,
      List<Integer> sizes,
      List<Turn> turns)
      throws Exception {
    var contenders = new ArrayList<Contender>();
    for (int i = 0; i < sizes.size(); i++) {
      contenders.add(new Contender(Samples.readable(sizes.get(i)) + " stored", turns.get(i)));
    }
    var contest = new Contest(unit, contenders);
    session.print(
        "Growth of " + store + ": " + what, contest.table(contest.run(session.options())));
  }

  private static Took took(String answer) {
    String[] words = answer.split(" ", -1);
    return new Took(Long.parseLong(words[0]), Long.parseLong(words[1]) / 1e9, 0);
  }
}

package io.bifrostfilter.benchmarks.parts;

import io.bifrostfilter.benchmarks.Options;
import io.bifrostfilter.benchmarks.Part;
import io.bifrostfilter.benchmarks.Session;
import io.bifrostfilter.benchmarks.queues.Completions;
import io.bifrostfilter.benchmarks.queues.Completions.Telling;
import io.bifrostfilter.benchmarks.queues.Postgres;
import io.bifrostfilter.benchmarks.report.Samples;
import io.bifrostfilter.benchmarks.report.Table;
import io.bifrostfilter.benchmarks.report.Target;
import io.bifrostfilter.benchmarks.server.Server;
import io.bifrostfilter.benchmarks.server.ServerMain.Role;
import io.bifrostfilter.benchmarks.store.Stores;
import io.bifrostfilter.store.memory.MemoryJobStore;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;

/**
 * What a webhook costs the job that it is attached to: the time from the handler's answer until the
 * job is seen as done, beside that of jobs which nobody is told of. What the webhook itself costs
 * is told apart from what the deliveries of the jobs before take of the machine.
 */
public final class WebhooksPart implements Part {

  /** One that leaves the machine idle for the most part, and one that takes half of two cores. */
  private static final List<Integer> RATES = List.of(50, 200);

  /** Fewer than a store keeps attempts of. */
  private static final int MOST_JOBS = 5_000;

  private static final int WARMING_JOBS = 250;
  private static final int WARMING_JOBS_PER_SECOND = 1_000;

  private static final Target MEDIAN = Target.atMost(1.05, "");

  @Override
  public String name() {
    return "webhooks";
  }

  @Override
  public void run(Session session) throws Exception {
    try (Server receiver = session.server("jetty", Role.PLAIN)) {
      long half = Runtime.getRuntime().maxMemory() / 2;
      try (var memory =
          new Completions(new MemoryJobStore(Clock.systemUTC(), half), receiver.url("/llm"))) {
        measure(session, "memory", memory);
      }
      try (Postgres postgres = Postgres.start();
          var jdbc =
              new Completions(Stores.jdbc(postgres.database("webhooks")), receiver.url("/llm"))) {
        measure(session, "PostgreSQL " + postgres.version(), jdbc);
      }
    }
  }

  private static void measure(Session session, String store, Completions jobs) throws Exception {
    for (Telling each : Telling.values()) {
      warmUp(jobs, session.options().warmUp(), each);
    }
    for (int rate : RATES) {
      measure(session, store, jobs, rate);
    }
  }

  private static void measure(Session session, String store, Completions jobs, int rate)
      throws InterruptedException {
    Options options = session.options();
    var turns =
        List.of(
            Turns.of("without a webhook", Telling.NOBODY),
            Turns.of("without, once more", Telling.NOBODY),
            Turns.of("with one, delivered afterwards", Telling.AFTERWARDS),
            Turns.of("with one, delivered meanwhile", Telling.MEANWHILE));
    var order = new ArrayList<>(turns);
    for (int round = 0; round < options.rounds(); round++) {
      for (Turns each : order) {
        each.add(jobs.run(count(rate, options.turn()), rate, each.telling));
      }
      Collections.reverse(order);
    }
    session.print(
        "From the handler's answer to the job seen as done, at " + rate + " a second on " + store,
        table(turns),
        "The receiver answers at once; it, the deliveries and the store have the same processors"
            + " as the jobs.");
  }

  /**
   * As many jobs as there is time for: at the rates that are measured, a delivery would be compiled
   * after the last round.
   */
  private static void warmUp(Completions jobs, Duration time, Telling telling)
      throws InterruptedException {
    long end = System.nanoTime() + time.toNanos();
    do {
      jobs.run(WARMING_JOBS, WARMING_JOBS_PER_SECOND, telling);
    } while (System.nanoTime() < end);
  }

  private static int count(int rate, Duration time) {
    return (int) Math.max(1, Math.min(MOST_JOBS, rate * time.toMillis() / 1000));
  }

  private static Table table(List<Turns> turns) {
    Turns first = turns.get(0);
    var table =
        new Table(
            "",
            "median µs",
            "99th percentile µs",
            "median ÷ " + first.name,
            "99th percentile ÷ " + first.name,
            "target");
    table.row(first.name, first.median(), first.late(), "", "", "");
    for (Turns each : turns.subList(1, turns.size())) {
      Samples median = each.median().dividedBy(first.median());
      table.row(
          each.name,
          each.median(),
          each.late(),
          median,
          each.late().dividedBy(first.late()),
          each.telling != Telling.NOBODY ? MEDIAN.judge(median.median()) : "");
    }
    return table;
  }

  /**
   * A contender.
   *
   * @param times of each round, in order of size
   */
  private record Turns(String name, Telling telling, List<List<Double>> times) {

    static Turns of(String name, Telling telling) {
      return new Turns(name, telling, new ArrayList<>());
    }

    void add(List<Double> round) {
      times.add(round);
    }

    Samples median() {
      return samples(round -> round.get(round.size() / 2));
    }

    Samples late() {
      return samples(round -> round.get(round.size() * 99 / 100));
    }

    private Samples samples(Function<List<Double>, Double> figure) {
      return new Samples(times.stream().map(figure).toList());
    }
  }
}

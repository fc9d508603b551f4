package io.bifrostfilter.benchmarks.parts;

import io.bifrostfilter.benchmarks.Part;
import io.bifrostfilter.benchmarks.Session;
import io.bifrostfilter.benchmarks.parts.QueueContest.Scores;
import io.bifrostfilter.benchmarks.queues.DbSchedulerQueue;
import io.bifrostfilter.benchmarks.queues.DurableQueue;
import io.bifrostfilter.benchmarks.queues.JobRunrQueue;
import io.bifrostfilter.benchmarks.queues.OurQueue;
import io.bifrostfilter.benchmarks.queues.OurTables;
import io.bifrostfilter.benchmarks.queues.Postgres;
import io.bifrostfilter.benchmarks.report.Samples;
import io.bifrostfilter.benchmarks.report.Table;
import io.bifrostfilter.benchmarks.report.Target;
import io.bifrostfilter.benchmarks.store.Stores;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Durable submits by sixteen threads, and the drain of what they submitted, beside JobRunr and
 * db-scheduler on the same PostgreSQL.
 */
public final class DurablePart implements Part {

  private static final int IDLE_SUBMITS = 200;
  private static final int QUICK_IDLE_SUBMITS = 10;
  private static final Target IDLE = Target.atMost(10, " ms");
  private static final Target SUBMITS_TO_JOB_RUNR = Target.atLeast(3, " JobRunr's");
  private static final Target SUBMITS_TO_DB_SCHEDULER = Target.atLeast(2, " db-scheduler's");
  private static final Target DRAINS_TO_DB_SCHEDULER = Target.atLeast(2.5, " db-scheduler's");

  @Override
  public String name() {
    return "durable";
  }

  @Override
  public void run(Session session) throws Exception {
    try (Postgres postgres = Postgres.start();
        DurableQueue jobRunr = new JobRunrQueue(postgres);
        DurableQueue dbScheduler = new DbSchedulerQueue(postgres);
        OurTables tables = new OurTables(postgres.database("ours"));
        OurQueue ours = new OurQueue("ours, jdbc", Stores.jdbc(tables.database()), tables)) {
      var contest = new QueueContest(session.options(), List.of(jobRunr, dbScheduler, ours));
      print(session, postgres.version(), contest.run());
      Samples idle =
          ours.submitToStart(session.options().quick() ? QUICK_IDLE_SUBMITS : IDLE_SUBMITS);
      session.print(
          "From a submit to an idle worker to the start of its run",
          new Table("", "ms", "target").row(ours.name(), idle, IDLE.judge(idle.median())));
    }
  }

  private static void print(Session session, String version, List<Scores> scores) {
    session.print(
        "Submits by " + QueueContest.THREADS + " threads, on PostgreSQL " + version,
        table(
            scores,
            Scores::submits,
            Optional.of(SUBMITS_TO_JOB_RUNR),
            Optional.of(SUBMITS_TO_DB_SCHEDULER)));
    session.print(
        "Drain of what was submitted, on PostgreSQL " + version,
        table(scores, Scores::drains, Optional.empty(), Optional.of(DRAINS_TO_DB_SCHEDULER)),
        "JobRunr looks for jobs every 15 seconds by default, and is measured so.");
  }

  /** The last of the queues, ours, beside the first and the second. */
  private static Table table(
      List<Scores> scores,
      Function<Scores, Samples> figure,
      Optional<Target> toFirst,
      Optional<Target> toSecond) {
    Samples first = figure.apply(scores.get(0));
    Samples second = figure.apply(scores.get(1));
    var table =
        new Table(
            "",
            "jobs per second",
            "÷ " + scores.get(0).name(),
            "÷ " + scores.get(1).name(),
            "target");
    for (Scores each : scores) {
      Samples own = figure.apply(each);
      Samples ofFirst = own.dividedBy(first);
      Samples ofSecond = own.dividedBy(second);
      boolean isOurs = each.equals(scores.get(scores.size() - 1));
      table.row(
          each.name(),
          own,
          ofFirst,
          ofSecond,
          isOurs ? judged(toFirst, ofFirst, toSecond, ofSecond) : "");
    }
    return table;
  }

  private static String judged(
      Optional<Target> toFirst, Samples ofFirst, Optional<Target> toSecond, Samples ofSecond) {
    return Stream.of(
            toFirst.map(target -> target.judge(ofFirst.median())),
            toSecond.map(target -> target.judge(ofSecond.median())))
        .flatMap(Optional::stream)
        .collect(Collectors.joining("; "));
  }
}

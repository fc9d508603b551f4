package io.bifrostfilter.benchmarks.parts;

import io.bifrostfilter.benchmarks.Options;
import io.bifrostfilter.benchmarks.Part;
import io.bifrostfilter.benchmarks.Session;
import io.bifrostfilter.benchmarks.queues.DbSchedulerQueue;
import io.bifrostfilter.benchmarks.queues.DurableQueue;
import io.bifrostfilter.benchmarks.queues.JobRunrQueue;
import io.bifrostfilter.benchmarks.queues.OurQueue;
import io.bifrostfilter.benchmarks.queues.Postgres;
import io.bifrostfilter.benchmarks.report.Samples;
import io.bifrostfilter.benchmarks.report.Table;
import io.bifrostfilter.benchmarks.report.Target;
import io.bifrostfilter.benchmarks.store.Stores;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

/**
 * Durable submits by sixteen threads, and the drain of what they submitted, beside JobRunr and
 * db-scheduler on the same PostgreSQL.
 */
public final class DurablePart implements Part {

  private static final int THREADS = 16;
  private static final int IDLE_SUBMITS = 200;
  private static final int QUICK_IDLE_SUBMITS = 10;
  private static final long LOOK_AGAIN_NANOS = 5_000_000;
  private static final Target IDLE = Target.atMost(10, " ms");

  @Override
  public String name() {
    return "durable";
  }

  @Override
  public void run(Session session) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try (Postgres postgres = Postgres.start();
        DurableQueue jobRunr = new JobRunrQueue(postgres);
        DurableQueue dbScheduler = new DbSchedulerQueue(postgres);
        OurQueue ours = new OurQueue("ours, jdbc", Stores.jdbc(postgres.database("ours")))) {
      measure(session, postgres, threads, List.of(jobRunr, dbScheduler, ours));
      Samples idle =
          ours.submitToStart(session.options().quick() ? QUICK_IDLE_SUBMITS : IDLE_SUBMITS);
      session.print(
          "From a submit to an idle worker to the start of its run",
          new Table("", "ms", "target").row(ours.name(), idle, IDLE.judge(idle.median())));
    } finally {
      threads.shutdownNow();
    }
  }

  private static void measure(
      Session session, Postgres postgres, ExecutorService threads, List<DurableQueue> queues)
      throws Exception {
    Options options = session.options();
    var contenders = new ArrayList<Contender>();
    for (DurableQueue queue : queues) {
      contenders.add(new Contender(queue.name(), queue, new ArrayList<>(), new ArrayList<>()));
      submit(queue, threads, options.warmUp());
      drain(queue);
    }
    var order = new ArrayList<>(contenders);
    for (int round = 0; round < options.rounds(); round++) {
      for (Contender contender : order) {
        long start = System.nanoTime();
        long count = submit(contender.queue, threads, options.turn());
        contender.submits.add(count / ((System.nanoTime() - start) / 1e9));
        contender.drains.add(count / drain(contender.queue));
      }
      Collections.reverse(order);
    }
    String database = ", on PostgreSQL " + postgres.version();
    session.print(
        "Submits by " + THREADS + " threads" + database, table(contenders, Contender::submits));
    session.print(
        "Drain of what was submitted" + database,
        table(contenders, Contender::drains),
        "JobRunr looks for jobs every 15 seconds by default, and is measured so.");
  }

  /** Returns how many were submitted. */
  private static long submit(DurableQueue queue, ExecutorService threads, Duration duration)
      throws Exception {
    long end = System.nanoTime() + duration.toNanos();
    Callable<Long> submitting =
        () -> {
          long count = 0;
          while (System.nanoTime() < end) {
            queue.submit();
            count++;
          }
          return count;
        };
    long all = 0;
    for (Future<Long> one : threads.invokeAll(Collections.nCopies(THREADS, submitting))) {
      all += one.get();
    }
    return all;
  }

  /** Returns the seconds until all is done. */
  private static double drain(DurableQueue queue) {
    long start = System.nanoTime();
    queue.startWorkers();
    while (queue.unfinished() > 0) {
      LockSupport.parkNanos(LOOK_AGAIN_NANOS);
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    queue.stopWorkers();
    queue.clear();
    return seconds;
  }

  private static Table table(List<Contender> contenders, Function<Contender, List<Double>> figure) {
    var table =
        new Table(
            "", "jobs per second", "÷ " + contenders.get(0).name, "÷ " + contenders.get(1).name);
    var first = new Samples(figure.apply(contenders.get(0)));
    var second = new Samples(figure.apply(contenders.get(1)));
    for (Contender contender : contenders) {
      var own = new Samples(figure.apply(contender));
      table.row(contender.name, own, own.dividedBy(first), own.dividedBy(second));
    }
    return table;
  }

  /** A queue, and its rates round by round. */
  private record Contender(
      String name, DurableQueue queue, List<Double> submits, List<Double> drains) {}
}

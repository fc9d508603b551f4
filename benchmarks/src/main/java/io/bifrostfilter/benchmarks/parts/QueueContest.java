package io.bifrostfilter.benchmarks.parts;

import io.bifrostfilter.benchmarks.Options;
import io.bifrostfilter.benchmarks.queues.DurableQueue;
import io.bifrostfilter.benchmarks.report.Samples;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;

/**
 * Queues that are filled by sixteen threads and then drained, in turns: round by round, and every
 * other round in reverse. For one thread.
 */
final class QueueContest {

  static final int THREADS = 16;

  /** Often enough for a drain of seconds; whoever looks all the time slows it down. */
  private static final long LOOK_AGAIN_NANOS = 20_000_000;

  private final Options options;
  private final List<DurableQueue> queues;

  QueueContest(Options options, List<? extends DurableQueue> queues) {
    this.options = options;
    this.queues = List.copyOf(queues);
  }

  /**
   * What a queue showed.
   *
   * @param submits per second
   * @param drains jobs per second, from the start of its workers until nothing is left to do
   */
  record Scores(String name, Samples submits, Samples drains) {}

  /** In the order of the queues. */
  List<Scores> run() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      return run(threads);
    } finally {
      threads.shutdownNow();
    }
  }

  private List<Scores> run(ExecutorService threads) throws Exception {
    var contenders = new ArrayList<Contender>();
    for (DurableQueue queue : queues) {
      var contender = new Contender(queue, new ArrayList<>(), new ArrayList<>());
      contender.turn(threads, options.warmUp().toNanos());
      contenders.add(new Contender(queue, new ArrayList<>(), new ArrayList<>()));
    }
    var order = new ArrayList<>(contenders);
    for (int round = 0; round < options.rounds(); round++) {
      for (Contender contender : order) {
        contender.turn(threads, options.turn().toNanos());
      }
      Collections.reverse(order);
    }
    return contenders.stream().map(Contender::scores).toList();
  }

  /** A queue, and its rates round by round. */
  private record Contender(DurableQueue queue, List<Double> submits, List<Double> drains) {

    void turn(ExecutorService threads, long nanos) throws Exception {
      long start = System.nanoTime();
      long count = submit(threads, start + nanos);
      submits.add(count / seconds(start));
      start = System.nanoTime();
      queue.startWorkers();
      while (queue.hasUnfinished()) {
        LockSupport.parkNanos(LOOK_AGAIN_NANOS);
      }
      drains.add(count / seconds(start));
      queue.stopWorkers();
      queue.clear();
    }

    /** Returns how many were submitted. */
    private long submit(ExecutorService threads, long end) throws Exception {
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

    private static double seconds(long since) {
      return (System.nanoTime() - since) / 1e9;
    }

    Scores scores() {
      return new Scores(queue.name(), new Samples(submits), new Samples(drains));
    }
  }
}

package io.bifrostfilter.benchmarks.store;

import io.bifrostfilter.AsyncJobs;
import io.bifrostfilter.benchmarks.process.Commands;
import io.bifrostfilter.benchmarks.server.Answering;
import io.bifrostfilter.benchmarks.server.Container;
import io.bifrostfilter.benchmarks.server.Dispatchers;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.store.ClaimedJob;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** A store that holds so many jobs that are done, in a process of its own. */
public final class GrowthMain {

  private static final int BATCH = 1000;
  private static final int FILLED_AT_ONCE = 20_000;
  private static final int AT_ONCE = 100;
  private static final Duration LEASE = Duration.ofMinutes(10);
  private static final Duration LONG = Duration.ofDays(1);
  private static final Duration SHORT = Duration.ofSeconds(1);
  private static final long LOOK_AGAIN_NANOS = 10_000_000;

  /** The memory store's timer has steps of a little more than a second. */
  private static final long ROUNDING_NANOS = 1_500_000_000;

  private static final byte[] RESULT = "{\"ok\":true}".getBytes(StandardCharsets.US_ASCII);

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final GrowingStore growing;
  private final int size;

  private GrowthMain(GrowingStore growing, int size) {
    this.growing = growing;
    this.size = size;
  }

  /**
   * @param arguments how many jobs the store is to hold, and where its database is; in memory if
   *     that is left out
   */
  public static void main(String[] arguments) throws Exception {
    int size = Integer.parseInt(arguments[0]);
    GrowthMain growth = arguments.length == 1 ? inMemory(size) : onPostgres(arguments[1], size);
    new Commands()
        .on("submit", millis -> growth.submit(Long.parseLong(millis)))
        .on("poll", millis -> growth.poll(Long.parseLong(millis)))
        .on("expire", count -> growth.expire(Integer.parseInt(count)))
        .on("listen", growth::listen)
        .serve();
  }

  private static GrowthMain inMemory(int size) throws Exception {
    var growth = new GrowthMain(GrowingStore.memory(), size);
    var numbers = new AtomicInteger();
    for (int left = size; left > 0; left -= FILLED_AT_ONCE) {
      growth.addDone(
          Math.min(FILLED_AT_ONCE, left), () -> Stores.job(numbers.getAndIncrement(), LONG));
    }
    return growth;
  }

  private static GrowthMain onPostgres(String url, int size) throws Exception {
    // The store makes the tables.
    GrowingStore empty = GrowingStore.postgres(url);
    new DoneJobs(LONG, Dispatchers.answered(RESULT.clone())).write(url, size);
    return new GrowthMain(empty, size);
  }

  /** Adds jobs until the time is over, and takes them away again. */
  private String submit(long millis) throws Exception {
    var added = new ConcurrentLinkedQueue<UUID>();
    long start = System.nanoTime();
    long end = start + millis * 1_000_000;
    onAllThreads(
        () -> {
          while (System.nanoTime() < end) {
            added.add(add(Stores.job(LONG)));
          }
        });
    String took = took(added.size(), start);
    growing.removeWaiting().accept(added);
    return took;
  }

  /** Finds jobs here and there until the time is over. */
  private String poll(long millis) throws Exception {
    var found = new LongAdder();
    long start = System.nanoTime();
    long end = start + millis * 1_000_000;
    onAllThreads(
        () -> {
          var random = new SplittableRandom();
          while (System.nanoTime() < end) {
            for (int i = 0; i < AT_ONCE; i++) {
              UUID any = Stores.id(random.nextInt(size));
              found.add(growing.store().find(any).stream().count());
            }
          }
        });
    return took(found.sum(), start);
  }

  /** Adds so many that soon expire, waits until they have, and takes the time of their removal. */
  private String expire(int count) throws Exception {
    long before = growing.remains().getAsLong();
    List<UUID> ids = addDone(count, () -> Stores.job(SHORT));
    UUID last = ids.get(ids.size() - 1);
    while (growing.store().find(last).isPresent()) {
      LockSupport.parkNanos(LOOK_AGAIN_NANOS);
    }
    LockSupport.parkNanos(ROUNDING_NANOS);
    long start = System.nanoTime();
    do {
      growing.store().removeExpired();
    } while (growing.remains().getAsLong() > before);
    return took(ids.size(), start);
  }

  /** Has the filter answer polls of these jobs from now on; says at which port. */
  private String listen(String container) throws Exception {
    AsyncJobs jobs =
        AsyncJobs.builder().store(growing.store()).dispatcher(Dispatchers.parked()).build();
    var handler = new Answering(RESULT.clone());
    return Integer.toString(Container.start(container, Optional.of(jobs.filter()), handler).port());
  }

  private UUID add(Job job) {
    growing.store().add(job, Stores.request("{}"), Stores.NO_LIMITS);
    return job.id();
  }

  /** Adds jobs on all threads, and meanwhile ends them on this one. */
  private List<UUID> addDone(int count, Supplier<Job> jobs) throws Exception {
    var left = new AtomicInteger(count);
    Future<Void> adding =
        threads.submit(
            () -> {
              onAllThreads(
                  () -> {
                    while (left.getAndDecrement() > 0) {
                      add(jobs.get());
                    }
                  });
              return null;
            });
    var ids = new ArrayList<UUID>();
    var recorded = new ArrayList<CompletableFuture<Boolean>>();
    while (ids.size() < count) {
      if (adding.isDone()) {
        // So that a failure is not waited for.
        adding.get();
      }
      for (ClaimedJob one : growing.store().claim(BATCH, LEASE)) {
        ids.add(one.job().id());
        recorded.add(
            growing
                .store()
                .complete(one.lease(), Dispatchers.answered(RESULT.clone()))
                .toCompletableFuture());
      }
    }
    CompletableFuture.allOf(recorded.toArray(CompletableFuture<?>[]::new)).join();
    return ids;
  }

  private void onAllThreads(Runnable work) throws Exception {
    for (Future<Void> one :
        threads.invokeAll(
            Collections.<Callable<Void>>nCopies(
                growing.threads(),
                () -> {
                  work.run();
                  return null;
                }))) {
      one.get();
    }
  }

  private static String took(long count, long start) {
    return count + " " + (System.nanoTime() - start);
  }
}

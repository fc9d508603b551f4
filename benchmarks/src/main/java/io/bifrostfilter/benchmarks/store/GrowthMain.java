package io.bifrostfilter.benchmarks.store;

import io.bifrostfilter.benchmarks.process.Commands;
import io.bifrostfilter.benchmarks.server.Dispatchers;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.store.ClaimedJob;
import io.bifrostfilter.store.JobStore;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;

/** A store that holds so many jobs that are done, in a process of its own. */
public final class GrowthMain {

  private static final int BATCH = 1000;
  private static final int AT_ONCE = 100;
  private static final Duration LEASE = Duration.ofMinutes(1);
  private static final Duration LONG = Duration.ofDays(1);
  private static final Duration SHORT = Duration.ofSeconds(1);
  private static final long LOOK_AGAIN_NANOS = 10_000_000;

  /** The memory store's timer has steps of a little more than a second. */
  private static final long ROUNDING_NANOS = 1_500_000_000;

  private static final byte[] RESULT = "{\"ok\":true}".getBytes(StandardCharsets.US_ASCII);

  private final JobStore store;
  private final List<UUID> stored = new ArrayList<>();
  private final SplittableRandom random = new SplittableRandom(1);

  private GrowthMain(JobStore store) {
    this.store = store;
  }

  /**
   * @param arguments the store, and how many jobs it is to hold
   */
  public static void main(String[] arguments) throws Exception {
    var growth = new GrowthMain(Stores.open(arguments[0]));
    growth.fill(Integer.parseInt(arguments[1]));
    new Commands()
        .on("submit", millis -> growth.submit(Long.parseLong(millis)))
        .on("poll", millis -> growth.poll(Long.parseLong(millis)))
        .on("expire", count -> growth.expire(Integer.parseInt(count)))
        .serve();
  }

  private void fill(int size) {
    while (stored.size() < size) {
      stored.addAll(addDone(Math.min(BATCH, size - stored.size()), LONG));
    }
  }

  /** Adds jobs until the time is over, and takes them away again. */
  private String submit(long millis) {
    var added = new ArrayList<UUID>();
    long start = System.nanoTime();
    long end = start + millis * 1_000_000;
    while (System.nanoTime() < end) {
      for (int i = 0; i < AT_ONCE; i++) {
        added.add(add(LONG));
      }
    }
    String took = took(added.size(), start);
    added.forEach(store::delete);
    return took;
  }

  /** Finds jobs here and there until the time is over. */
  private String poll(long millis) {
    long found = 0;
    long start = System.nanoTime();
    long end = start + millis * 1_000_000;
    while (System.nanoTime() < end) {
      for (int i = 0; i < AT_ONCE; i++) {
        found += store.find(stored.get(random.nextInt(stored.size()))).stream().count();
      }
    }
    return took(found, start);
  }

  /** Adds so many that soon expire, waits until they have, and takes the time of their removal. */
  private String expire(int count) {
    long before = store.counts().stored();
    var ids = new ArrayList<UUID>();
    while (ids.size() < count) {
      ids.addAll(addDone(Math.min(BATCH, count - ids.size()), SHORT));
    }
    UUID last = ids.get(ids.size() - 1);
    while (store.find(last).isPresent()) {
      LockSupport.parkNanos(LOOK_AGAIN_NANOS);
    }
    LockSupport.parkNanos(ROUNDING_NANOS);
    long start = System.nanoTime();
    do {
      store.removeExpired();
    } while (store.counts().stored() > before);
    String took = took(count, start);
    return took;
  }

  private UUID add(Duration ttl) {
    Job job = Stores.job(ttl);
    store.add(job, Stores.request("{}"), Stores.NO_LIMITS);
    return job.id();
  }

  private List<UUID> addDone(int count, Duration ttl) {
    for (int i = 0; i < count; i++) {
      add(ttl);
    }
    List<ClaimedJob> claimed = store.claim(count, LEASE);
    CompletableFuture.allOf(
            claimed.stream()
                .map(
                    one ->
                        store
                            .complete(one.lease(), Dispatchers.answered(RESULT.clone()))
                            .toCompletableFuture())
                .toArray(CompletableFuture<?>[]::new))
        .join();
    return claimed.stream().map(one -> one.job().id()).toList();
  }

  private static String took(long count, long start) {
    return count + " " + (System.nanoTime() - start);
  }
}

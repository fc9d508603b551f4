package io.bifrostfilter.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** The same done by many threads at once. */
public final class InThreads {

  private InThreads() {}

  /** What each has come to; fails as the first that failed. */
  public static <T> List<T> inThreads(int count, Callable<T> work) throws Exception {
    var threads = Executors.newFixedThreadPool(count);
    try {
      var all = new ArrayList<Callable<T>>();
      for (int i = 0; i < count; i++) {
        all.add(work);
      }
      var results = new ArrayList<T>();
      for (Future<T> each : threads.invokeAll(all)) {
        results.add(each.get());
      }
      return results;
    } finally {
      threads.shutdownNow();
    }
  }
}

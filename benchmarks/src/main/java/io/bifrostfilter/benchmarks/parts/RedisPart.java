package io.bifrostfilter.benchmarks.parts;

import io.bifrostfilter.benchmarks.Part;
import io.bifrostfilter.benchmarks.Session;
import io.bifrostfilter.benchmarks.parts.QueueContest.Scores;
import io.bifrostfilter.benchmarks.queues.OurQueue;
import io.bifrostfilter.benchmarks.queues.Redis;
import io.bifrostfilter.benchmarks.report.Table;
import io.bifrostfilter.benchmarks.store.Stores;
import java.util.List;

/** What the Redis store does per second, by how durable the server makes it. */
public final class RedisPart implements Part {

  @Override
  public String name() {
    return "redis";
  }

  @Override
  public void run(Session session) throws Exception {
    try (Redis always = Redis.start("always");
        Redis everySecond = Redis.start("everysec")) {
      run(session, always, everySecond);
    }
  }

  private static void run(Session session, Redis always, Redis everySecond) throws Exception {
    try (OurQueue first = ours("appendfsync always", always);
        OurQueue second = ours("appendfsync everysec", everySecond)) {
      var contest = new QueueContest(session.options(), List.of(first, second));
      var table = new Table("", "submits per second", "drained per second");
      for (Scores each : contest.run()) {
        table.row(each.name(), each.submits(), each.drains());
      }
      session.print(
          "Submits by "
              + QueueContest.THREADS
              + " threads and the drain of them, on Redis "
              + always.version(),
          table);
    }
  }

  private static OurQueue ours(String name, Redis redis) {
    return new OurQueue(name, Stores.redis(redis.uri()), redis);
  }
}

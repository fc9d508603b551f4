package io.bifrostfilter.store.jdbc;

import io.bifrostfilter.job.Lease;
import io.bifrostfilter.store.JobListener.Change;
import io.bifrostfilter.store.JobStoreException;
import io.bifrostfilter.store.jdbc.GroupCommit.Item;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.IntConsumer;

/** Records outcomes, those that come together in one transaction. For many threads; none waits. */
final class Outcomes implements AutoCloseable {

  private final Database database;
  private final JobTables tables;
  private final ChangeFeed feed;
  private final Announcer announcer;
  private final IntConsumer aboutToEnd;
  private final Runnable deliveriesQueued;
  private final GroupCommit<Completion, Boolean> commits =
      new GroupCommit<>("outcomes", this::write);

  /**
   * @param aboutToEnd is told how many runs will have been recorded in a moment
   * @param deliveriesQueued is run when there is something to deliver
   */
  Outcomes(
      Database database,
      JobTables tables,
      ChangeFeed feed,
      Announcer announcer,
      IntConsumer aboutToEnd,
      Runnable deliveriesQueued) {
    this.database = database;
    this.tables = tables;
    this.feed = feed;
    this.announcer = announcer;
    this.aboutToEnd = aboutToEnd;
    this.deliveriesQueued = deliveriesQueued;
  }

  CompletionStage<Boolean> complete(Completion completion) {
    try {
      database.availability().check();
      return commits.add(completion, completion.sealed().bytes.length).result;
    } catch (JobStoreException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  @Override
  public void close() {
    commits.close();
  }

  private void write(List<Item<Completion, Boolean>> batch) {
    List<Item<Completion, Boolean>> rest = batch;
    while (!rest.isEmpty()) {
      // Of two outcomes under one lease the first counts; an update of many would take either.
      var leases = new HashSet<Lease>();
      var later = new ArrayList<Item<Completion, Boolean>>();
      var now = new ArrayList<Item<Completion, Boolean>>();
      for (Item<Completion, Boolean> each : rest) {
        (leases.add(each.value.lease()) ? now : later).add(each);
      }
      GroupCommit.writeOrEachAlone(now, database.availability(), this::record);
      rest = later;
    }
  }

  private void record(List<Item<Completion, Boolean>> items) {
    List<Completion> completions = items.stream().map(each -> each.value).toList();
    aboutToEnd.accept(items.size());
    JobTables.Ended ended =
        feed.isHeard()
            ? database.transaction(connection -> completeAndPublish(connection, completions))
            : database.transaction(
                tables.aroundEach(), connection -> tables.complete(connection, completions));
    Set<Lease> done = ended.leases();
    announcer.tell(done.stream().map(Lease::jobId).toList(), Change.DONE);
    items.forEach(each -> each.result.complete(done.contains(each.value.lease())));
    // Last, since whoever waits for a job should not have to wait for its webhook.
    if (ended.queued()) {
      deliveriesQueued.run();
    }
  }

  private JobTables.Ended completeAndPublish(Connection connection, List<Completion> completions)
      throws SQLException {
    JobTables.Ended ended = tables.complete(connection, completions);
    feed.publish(connection, Change.DONE, ended.leases().stream().map(Lease::jobId).toList());
    return ended;
  }
}

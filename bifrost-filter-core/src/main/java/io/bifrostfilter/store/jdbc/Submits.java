package io.bifrostfilter.store.jdbc;

import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.RecordedRequest;
import io.bifrostfilter.store.Admission;
import io.bifrostfilter.store.JobListener.Change;
import io.bifrostfilter.store.JobStoreException;
import io.bifrostfilter.store.Limits;
import io.bifrostfilter.store.jdbc.GroupCommit.Item;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Adds jobs, those that arrive together in one transaction. For many threads, each of which waits
 * until its own job is committed.
 */
final class Submits implements AutoCloseable {

  private final Database database;
  private final JobTables tables;
  private final ChangeFeed feed;
  private final Announcer announcer;
  private final Reservations reservations;
  private final WaitingEstimate waiting;
  private final GroupCommit<Submit, Result> commits = new GroupCommit<>("submits", this::write);

  Submits(
      Database database,
      JobTables tables,
      ChangeFeed feed,
      Announcer announcer,
      Reservations reservations) {
    this.database = database;
    this.tables = tables;
    this.feed = feed;
    this.announcer = announcer;
    this.reservations = reservations;
    this.waiting = new WaitingEstimate(this::countWaiting);
  }

  /**
   * @param sealed the request, as it is to be stored
   */
  record Submit(Job job, String tag, RecordedRequest request, Sealed sealed, Limits limits) {}

  /** What became of a submit. */
  sealed interface Result {

    /** It is committed. */
    record Added() implements Result {}

    /** Its idempotency key is another job's, which may have expired. */
    record KeyTaken() implements Result {}

    record Refused(Admission.Reason reason) implements Result {}
  }

  /**
   * Adds a job.
   *
   * @throws JobStoreException if it could not be added, or nobody can say
   */
  Result add(Submit submit) {
    database.availability().check();
    Item<Submit, Result> item = commits.add(submit, submit.sealed().bytes.length);
    try {
      return item.result.get(Database.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw Database.asThrown(e);
    } catch (TimeoutException e) {
      String what = item.withdraw() ? "It was not added." : "It may have been added.";
      var silent = new JobStoreException("The database did not take the job in time. " + what, e);
      database.availability().lost(silent);
      throw silent;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      String what = item.withdraw() ? "It was not added." : "It may have been added.";
      throw new JobStoreException("Interrupted while the job was being added. " + what, e);
    }
  }

  /** Jobs wait again that were not added here. */
  void waitAgain() {
    waiting.invalidate();
    reservations.somethingWaits();
  }

  @Override
  public void close() {
    commits.close();
  }

  private void write(List<Item<Submit, Result>> batch) {
    waiting.allIsWritten();
    var admitted = new ArrayList<Item<Submit, Result>>();
    for (Item<Submit, Result> each : batch) {
      Optional<Admission.Reason> full =
          waiting.admit(each.value.job().owner(), each.value.limits());
      if (full.isPresent()) {
        each.result.complete(new Result.Refused(full.get()));
      } else {
        admitted.add(each);
      }
    }
    GroupCommit.writeOrEachAlone(admitted, database.availability(), this::insert);
  }

  private void insert(List<Item<Submit, Result>> items) {
    if (items.isEmpty()) {
      return;
    }
    List<JobRecord> records = items.stream().map(each -> reserved(each.value)).toList();
    Set<UUID> inserted;
    try {
      inserted =
          feed.isHeard()
              ? database.transaction(connection -> insertAndPublish(connection, records))
              : database.transaction(
                  tables.aroundEach(), connection -> tables.insert(connection, records));
    } catch (Throwable t) {
      waiting.invalidate();
      records.forEach(each -> reservations.remove(each.job().id()));
      throw t;
    }
    settle(records, inserted);
    for (Item<Submit, Result> each : items) {
      Job job = each.value.job();
      if (inserted.contains(job.id())) {
        each.result.complete(new Result.Added());
      } else if (job.idempotencyKey() != null) {
        each.result.complete(new Result.KeyTaken());
      } else {
        each.result.completeExceptionally(
            new JobStoreException(
                "There is a job of this id already.", new IllegalArgumentException("" + job.id())));
      }
    }
    announcer.tell(inserted, Change.PENDING);
  }

  private JobRecord reserved(Submit submit) {
    @Nullable Duration lease = reservations.reserve(submit.job(), submit.request());
    return new JobRecord(submit.job(), submit.tag(), submit.sealed(), lease);
  }

  private Set<UUID> insertAndPublish(Connection connection, List<JobRecord> records)
      throws SQLException {
    Set<UUID> inserted = tables.insert(connection, records);
    List<UUID> pending =
        records.stream()
            .filter(each -> each.lease() == null)
            .map(each -> each.job().id())
            .filter(inserted::contains)
            .toList();
    feed.publish(connection, Change.PENDING, pending);
    return inserted;
  }

  private void settle(List<JobRecord> records, Set<UUID> inserted) {
    boolean anyWaits = false;
    for (JobRecord each : records) {
      UUID id = each.job().id();
      if (!inserted.contains(id)) {
        reservations.remove(id);
        waiting.invalidate();
      } else if (each.lease() != null) {
        reservations.written(id);
      } else {
        anyWaits = true;
      }
    }
    if (anyWaits) {
      reservations.somethingWaits();
    }
  }

  private Map<@Nullable String, Long> countWaiting() {
    Map<@Nullable String, Long> counts =
        new HashMap<>(database.transaction(tables::waitingByOwner));
    reservations.waitingByOwner().forEach((owner, count) -> counts.merge(owner, count, Long::sum));
    return counts;
  }
}

package io.bifrostfilter.store.jdbc;

import io.bifrostfilter.store.JobStoreException;
import io.bifrostfilter.store.jdbc.GroupCommit.Item;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Records attempts, those that end together in one transaction, so that deliveries take little of
 * the database from the jobs. For many threads, each of which waits until its own is committed.
 */
final class Recordings implements AutoCloseable {

  /** One order, so that those who lock several rows do not wait for each other. */
  private static final Comparator<Item<Recording, Boolean>> ORDER =
      Comparator.comparing(each -> each.value.claimed().webhookId());

  private final Database database;
  private final EndpointTable endpoints;
  private final DeliveryTable deliveries;
  private final AttemptTable attempts;
  private final GroupCommit<Recording, Boolean> commits =
      new GroupCommit<>("attempts", this::write);

  Recordings(
      Database database, EndpointTable endpoints, DeliveryTable deliveries, AttemptTable attempts) {
    this.database = database;
    this.endpoints = endpoints;
    this.deliveries = deliveries;
    this.attempts = attempts;
  }

  /**
   * Records an attempt.
   *
   * @return false if the delivery is no longer this claim's
   * @throws JobStoreException if it could not be recorded, or nobody can say
   */
  boolean add(Recording recording) {
    database.availability().check();
    Item<Recording, Boolean> item = commits.add(recording, 0);
    try {
      return item.result.get(Database.PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw Database.asThrown(e);
    } catch (TimeoutException e) {
      item.withdraw();
      var silent = new JobStoreException("The database did not take the attempt in time.", e);
      database.availability().lost(silent);
      throw silent;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      item.withdraw();
      throw new JobStoreException("Interrupted while an attempt was being recorded.", e);
    }
  }

  /** Returns when everything before is written or has failed. */
  @Override
  public void close() {
    commits.close();
  }

  private void write(List<Item<Recording, Boolean>> batch) {
    GroupCommit.writeOrEachAlone(
        batch.stream().sorted(ORDER).toList(), database.availability(), this::record);
  }

  private void record(List<Item<Recording, Boolean>> items) {
    List<Recording> recordings = items.stream().map(each -> each.value).toList();
    Set<Recording> held =
        database.transaction(TransactionKind.RELAXED, connection -> record(connection, recordings));
    items.forEach(each -> each.result.complete(held.contains(each.value)));
  }

  /** Returns those whose claims held. */
  private Set<Recording> record(Connection connection, List<Recording> recordings)
      throws SQLException {
    List<Recording> held = deliveries.moveOn(connection, recordings);
    attempts.insert(connection, held.stream().map(Recording::attempt).toList());
    endpoints.attempted(
        connection,
        held.stream().filter(each -> each.nextAt() == null).map(Recording::attempt).toList());
    return Set.copyOf(held);
  }
}

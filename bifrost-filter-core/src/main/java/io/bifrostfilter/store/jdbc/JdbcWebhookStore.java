package io.bifrostfilter.store.jdbc;

import io.bifrostfilter.delivery.Attempt;
import io.bifrostfilter.delivery.ClaimedDelivery;
import io.bifrostfilter.delivery.Endpoint;
import io.bifrostfilter.delivery.UnreadableEndpoint;
import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.UnreadableEndpointException;
import io.bifrostfilter.store.WebhookStore;
import io.bifrostfilter.store.codec.EndpointCodec;
import io.bifrostfilter.store.codec.UnreadableException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps endpoints and deliveries beside the jobs, in tables of their own. For many threads.
 *
 * <p>Deliveries are written by {@link JobTables}, in the transaction that ends their job. Listeners
 * are told of those of this node; others become due without a word.
 *
 * <p>An endpoint that cannot be read, since it was tampered with or its key is gone, harms no
 * other: it is left out where there are many, and whoever asks for it gets an {@link
 * UnreadableEndpointException}. Its name stays taken, it can be deleted, and what is to be
 * delivered to it waits: it is never due.
 */
final class JdbcWebhookStore implements WebhookStore, AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(JdbcWebhookStore.class);

  /** So few that nothing waits long for their locks. */
  private static final int REMOVE_AT_ONCE = 500;

  /** Whoever calls has other things to do, such as to deliver. */
  private static final Duration REMOVE_IN_CALL = Duration.ofSeconds(1);

  private final Database database;
  private final EndpointCodec codec;
  private final EndpointTable endpoints;
  private final DeliveryTable deliveries;
  private final AttemptTable attempts;
  private final Recordings recordings;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

  /** Endpoints that are known to be unreadable, so that each is complained of once. */
  private final Set<UUID> unreadable = ConcurrentHashMap.newKeySet();

  JdbcWebhookStore(Database database, SqlText sql, EndpointCodec codec) {
    this.database = database;
    this.codec = codec;
    this.endpoints = new EndpointTable(sql);
    this.deliveries = new DeliveryTable(sql);
    this.attempts = new AttemptTable(sql);
    this.recordings = new Recordings(database, endpoints, deliveries, attempts);
  }

  /** Something was queued, and is committed. */
  void queued() {
    for (Runnable each : listeners) {
      try {
        each.run();
      } catch (Throwable t) {
        log.warn("A listener failed at a webhook; it is told of the next.", t);
      }
    }
  }

  // ---- endpoints

  @Override
  public boolean add(Endpoint endpoint) {
    var sealed = new Sealed(codec.write(endpoint));
    return database.call(connection -> endpoints.insert(connection, endpoint, sealed));
  }

  @Override
  public Optional<Endpoint> find(UUID id) {
    return database.ask(connection -> endpoints.find(connection, id)).map(this::endpoint);
  }

  @Override
  public Optional<Endpoint> findByName(String name) {
    return database.ask(connection -> endpoints.findByName(connection, name)).map(this::endpoint);
  }

  @Override
  public List<Endpoint> endpoints() {
    return database.ask(endpoints::all).stream()
        .flatMap(row -> readable(row).stream())
        .sorted(Comparator.comparing(Endpoint::name))
        .toList();
  }

  @Override
  public List<UnreadableEndpoint> unreadableEndpoints() {
    return database.ask(endpoints::all).stream()
        .filter(row -> readable(row).isEmpty())
        .map(EndpointRow::unreadable)
        .sorted(Comparator.comparing(UnreadableEndpoint::name))
        .toList();
  }

  @Override
  public void sealAnew() {
    database.ask(endpoints::all).stream()
        .filter(row -> !codec.isSealedWithCurrentKey(row.sealed().bytes))
        .flatMap(row -> readable(row).stream())
        .forEach(endpoint -> replace(endpoint.rewritten()));
  }

  @Override
  public Replacement replace(Endpoint next) {
    var sealed = new Sealed(codec.write(next));
    return database.call(connection -> endpoints.replace(connection, next, sealed));
  }

  /**
   * {@inheritDoc}
   *
   * <p>What belongs to it is removed after it, in steps. Of what a crash leaves behind, deliveries
   * are due to an endpoint that is gone, and attempts go with their age.
   */
  @Override
  public boolean delete(UUID id) {
    boolean deleted = database.call(connection -> endpoints.delete(connection, id));
    if (deleted) {
      unreadable.remove(id);
      // Deliveries first: once they are gone, no attempt of theirs can be recorded.
      removeAll(connection -> deliveries.removeOf(connection, id, REMOVE_AT_ONCE));
      removeAll(connection -> attempts.removeOf(connection, id, REMOVE_AT_ONCE));
    }
    return deleted;
  }

  private void removeAll(Database.Work<Integer> some) {
    while (database.call(some) == REMOVE_AT_ONCE) {
      // The next ones.
    }
  }

  private Endpoint endpoint(EndpointRow row) {
    try {
      return read(row);
    } catch (UnreadableException e) {
      throw new UnreadableEndpointException(row.unreadable(), e);
    }
  }

  /** Empty, and the log says so once, if the endpoint cannot be read. */
  private Optional<Endpoint> readable(EndpointRow row) {
    try {
      Endpoint endpoint = read(row);
      unreadable.remove(row.id());
      return Optional.of(endpoint);
    } catch (UnreadableException e) {
      if (unreadable.add(row.id())) {
        log.warn(
            "Webhook endpoint {} is left out on this node, and its deliveries wait. {}",
            row.id(),
            e.getMessage());
      }
      return Optional.empty();
    }
  }

  private Endpoint read(EndpointRow row) throws UnreadableException {
    return codec.read(row.id(), row.version(), row.health(), row.sealed().bytes);
  }

  // ---- deliveries

  @Override
  public Set<UUID> endpointsDue() {
    Set<UUID> due = database.call(TransactionKind.ROUTINE, deliveries::endpointsDue, late -> {});
    if (due.isEmpty()) {
      return due;
    }
    var readable = new HashSet<>(due);
    for (EndpointRow row : database.ask(endpoints::all)) {
      if (due.contains(row.id()) && readable(row).isEmpty()) {
        readable.remove(row.id());
      }
    }
    return readable;
  }

  /**
   * {@inheritDoc}
   *
   * <p>Neither this nor {@link #record} waits for the disk: jobs that are ending would have to wait
   * behind it, and what a database that crashes forgets is delivered again.
   */
  @Override
  public List<ClaimedDelivery> claim(UUID endpointId, int max, Duration lease) {
    return database.call(
        TransactionKind.RELAXED,
        connection -> deliveries.claim(connection, endpointId, max, lease),
        late -> late.forEach(this::releaseLate));
  }

  /** The one who claimed it has gone. On a thread of the store's own. */
  private void releaseLate(ClaimedDelivery claimed) {
    database.transaction(connection -> deliveries.release(connection, claimed));
  }

  @Override
  public boolean record(ClaimedDelivery claimed, Attempt attempt, @Nullable Instant nextAt) {
    return recordings.add(new Recording(claimed, attempt, nextAt));
  }

  @Override
  public boolean release(ClaimedDelivery claimed) {
    boolean released = database.call(connection -> deliveries.release(connection, claimed));
    if (released) {
      queued();
    }
    return released;
  }

  @Override
  public boolean discard(ClaimedDelivery claimed) {
    return database.call(connection -> deliveries.discard(connection, claimed));
  }

  // ---- history

  @Override
  public List<Attempt> attempts(UUID endpointId, int offset, int limit) {
    return database.call(connection -> attempts.newest(connection, endpointId, offset, limit));
  }

  @Override
  public long attemptCount(UUID endpointId) {
    return database.call(connection -> attempts.count(connection, endpointId));
  }

  @Override
  public Optional<Attempt> findAttempt(UUID id) {
    return database.call(connection -> attempts.find(connection, id));
  }

  @Override
  public Redelivery redeliver(UUID attemptId) {
    Redelivery result = database.call(connection -> redeliver(connection, attemptId));
    if (result == Redelivery.QUEUED) {
      queued();
    }
    return result;
  }

  private Redelivery redeliver(Connection connection, UUID attemptId) throws SQLException {
    Optional<Attempt> attempt = attempts.find(connection, attemptId);
    if (attempt.isEmpty()) {
      return Redelivery.UNKNOWN;
    }
    String webhookId = attempt.get().webhookId();
    if (deliveries.queueAgain(connection, webhookId)) {
      return Redelivery.QUEUED;
    }
    return deliveries.exists(connection, webhookId) ? Redelivery.IN_FLIGHT : Redelivery.UNKNOWN;
  }

  /**
   * {@inheritDoc}
   *
   * <p>If that is very much, some of it is left for the next call.
   */
  @Override
  public void removeAttemptsBefore(Instant instant) {
    long start = System.nanoTime();
    while (database.call(connection -> removeSomeBefore(connection, instant)) == REMOVE_AT_ONCE) {
      if (System.nanoTime() - start > REMOVE_IN_CALL.toNanos()) {
        return;
      }
    }
  }

  private int removeSomeBefore(Connection connection, Instant instant) throws SQLException {
    List<String> removed = attempts.removeBefore(connection, instant, REMOVE_AT_ONCE);
    if (!removed.isEmpty()) {
      deliveries.removeForgotten(connection, Set.copyOf(removed));
    }
    return removed.size();
  }

  @Override
  public JobStore.Subscription subscribe(Runnable listener) {
    // An object of its own, since the same listener may have subscribed before.
    Runnable subscribed = () -> listener.run();
    listeners.add(subscribed);
    return () -> listeners.remove(subscribed);
  }

  /** Tells nobody any more, and writes what was to be recorded. */
  @Override
  public void close() {
    listeners.clear();
    recordings.close();
  }
}

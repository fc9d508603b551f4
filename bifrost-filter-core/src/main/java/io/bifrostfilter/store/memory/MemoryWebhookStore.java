package io.bifrostfilter.store.memory;

import io.bifrostfilter.delivery.Attempt;
import io.bifrostfilter.delivery.ClaimedDelivery;
import io.bifrostfilter.delivery.Delivery;
import io.bifrostfilter.delivery.Endpoint;
import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.WebhookStore;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Keeps endpoints and deliveries on the heap. For many threads: one lock, held for a look-up or
 * two, and never while anybody is told of anything.
 *
 * <p>Of each endpoint the newest {@value Mailbox#MAX_ATTEMPTS} attempts are kept, whatever the
 * retention, since the heap is nobody's archive.
 */
final class MemoryWebhookStore implements WebhookStore {

  private final Clock clock;
  private final Map<UUID, Endpoint> endpoints = new HashMap<>();
  private final Map<String, UUID> idsByName = new TreeMap<>();
  private final Map<UUID, Mailbox> mailboxes = new HashMap<>();
  private final Map<UUID, Attempt> attempts = new HashMap<>();
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private long sequence;

  MemoryWebhookStore(Clock clock) {
    this.clock = clock;
  }

  /** A job is done, and has an endpoint to tell of it. */
  void enqueue(Delivery delivery) {
    synchronized (this) {
      mailboxes
          .computeIfAbsent(delivery.endpointId(), id -> new Mailbox())
          .put(new QueuedDelivery(delivery, ++sequence, clock.instant()));
    }
    tell();
  }

  @Override
  public synchronized boolean add(Endpoint endpoint) {
    if (idsByName.putIfAbsent(endpoint.name(), endpoint.id()) != null) {
      return false;
    }
    endpoints.put(endpoint.id(), endpoint);
    return true;
  }

  @Override
  public synchronized Optional<Endpoint> find(UUID id) {
    return Optional.ofNullable(endpoints.get(id));
  }

  @Override
  public synchronized Optional<Endpoint> findByName(String name) {
    UUID id = idsByName.get(name);
    return id == null ? Optional.empty() : find(id);
  }

  @Override
  public synchronized List<Endpoint> endpoints() {
    return idsByName.values().stream().flatMap(id -> find(id).stream()).toList();
  }

  @Override
  public synchronized Replacement replace(Endpoint next) {
    Endpoint stored = endpoints.get(next.id());
    if (stored == null || stored.version() + 1 != next.version()) {
      return Replacement.OUTDATED;
    }
    UUID sameName = idsByName.putIfAbsent(next.name(), next.id());
    if (sameName != null && !sameName.equals(next.id())) {
      return Replacement.NAME_TAKEN;
    }
    if (!stored.name().equals(next.name())) {
      idsByName.remove(stored.name());
    }
    endpoints.put(next.id(), next.with(stored.health()));
    return Replacement.REPLACED;
  }

  @Override
  public synchronized boolean delete(UUID id) {
    Endpoint gone = endpoints.remove(id);
    if (gone == null) {
      return false;
    }
    idsByName.remove(gone.name());
    Mailbox mailbox = mailboxes.remove(id);
    if (mailbox != null) {
      mailbox.attempts().forEach(attempt -> attempts.remove(attempt.id()));
    }
    return true;
  }

  @Override
  public synchronized Set<UUID> endpointsDue() {
    Instant now = clock.instant();
    return mailboxes.entrySet().stream()
        .filter(each -> each.getValue().isDueAt(now))
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  @Override
  public synchronized List<ClaimedDelivery> claim(UUID endpointId, int max, Duration lease) {
    var claimed = new ArrayList<ClaimedDelivery>();
    Mailbox mailbox = mailboxes.get(endpointId);
    Instant now = clock.instant();
    while (mailbox != null && claimed.size() < max && mailbox.isDueAt(now)) {
      claimed.add(mailbox.claimFirst(++sequence, now.plus(lease)));
    }
    return List.copyOf(claimed);
  }

  @Override
  public synchronized boolean record(
      ClaimedDelivery claimed, Attempt attempt, @Nullable Instant nextAt) {
    Mailbox mailbox = mailboxOf(claimed);
    if (mailbox == null) {
      return false;
    }
    attempts.put(attempt.id(), attempt);
    mailbox.record(claimed, attempt, nextAt).forEach(old -> attempts.remove(old.id()));
    endpoints.computeIfPresent(
        attempt.endpointId(),
        (id, endpoint) ->
            endpoint.with(endpoint.health().after(attempt.outcome(), attempt.createdAt())));
    return true;
  }

  @Override
  public boolean release(ClaimedDelivery claimed) {
    synchronized (this) {
      Mailbox mailbox = mailboxOf(claimed);
      if (mailbox == null) {
        return false;
      }
      mailbox.release(claimed, clock.instant());
    }
    tell();
    return true;
  }

  @Override
  public synchronized boolean discard(ClaimedDelivery claimed) {
    Mailbox mailbox = mailboxOf(claimed);
    if (mailbox == null) {
      return false;
    }
    mailbox.discard(claimed);
    if (mailbox.isEmpty()) {
      mailboxes.remove(claimed.delivery().endpointId());
    }
    return true;
  }

  @Override
  public synchronized List<Attempt> attempts(UUID endpointId, int offset, int limit) {
    Mailbox mailbox = mailboxes.get(endpointId);
    return mailbox == null
        ? List.of()
        : mailbox.attempts().stream().skip(offset).limit(limit).toList();
  }

  @Override
  public synchronized long attemptCount(UUID endpointId) {
    Mailbox mailbox = mailboxes.get(endpointId);
    return mailbox == null ? 0 : mailbox.attempts().size();
  }

  @Override
  public synchronized Optional<Attempt> findAttempt(UUID id) {
    return Optional.ofNullable(attempts.get(id));
  }

  @Override
  public Redelivery redeliver(UUID attemptId) {
    Redelivery result;
    synchronized (this) {
      Attempt attempt = attempts.get(attemptId);
      Mailbox mailbox = attempt == null ? null : mailboxes.get(attempt.endpointId());
      result =
          attempt == null || mailbox == null
              ? Redelivery.UNKNOWN
              : mailbox.queueAgain(attempt.webhookId(), clock.instant());
    }
    if (result == Redelivery.QUEUED) {
      tell();
    }
    return result;
  }

  @Override
  public synchronized void removeAttemptsBefore(Instant instant) {
    for (Mailbox mailbox : mailboxes.values()) {
      mailbox.removeAttemptsBefore(instant).forEach(old -> attempts.remove(old.id()));
    }
    mailboxes.values().removeIf(Mailbox::isEmpty);
  }

  @Override
  public JobStore.Subscription subscribe(Runnable listener) {
    // An object of its own, since the same listener may have subscribed before.
    Runnable subscribed = () -> listener.run();
    listeners.add(subscribed);
    return () -> listeners.remove(subscribed);
  }

  void close() {
    listeners.clear();
  }

  /** Null if the delivery is no longer this claim's. */
  private @Nullable Mailbox mailboxOf(ClaimedDelivery claimed) {
    Mailbox mailbox = mailboxes.get(claimed.delivery().endpointId());
    return mailbox == null || !mailbox.isHeldBy(claimed) ? null : mailbox;
  }

  private void tell() {
    listeners.forEach(Runnable::run);
  }
}

package io.bifrostfilter.redis;

import io.bifrostfilter.delivery.Attempt;
import io.bifrostfilter.delivery.ClaimedDelivery;
import io.bifrostfilter.delivery.Endpoint;
import io.bifrostfilter.delivery.EndpointHealth;
import io.bifrostfilter.delivery.UnreadableEndpoint;
import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.UnreadableEndpointException;
import io.bifrostfilter.store.WebhookStore;
import io.bifrostfilter.store.codec.EndpointCodec;
import io.bifrostfilter.store.codec.UnreadableException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps endpoints and deliveries beside the jobs, in the same slot, so that the script which ends a
 * job queues its delivery. For many threads; every method takes one exchange, but for {@link
 * #delete} and {@link #removeAttemptsBefore}, which remove a few hundred at a time.
 *
 * <p>Endpoints are sealed but for their names and health. What is delivered is not, nor are
 * attempts: they hold no more than the job's hash does, and how the receiver's answer went.
 *
 * <p>An endpoint that cannot be read, since it was sealed under a key that this node does not have,
 * is left out of lists, and what is to be delivered to it waits for a node that can read it.
 * Whoever asks for it in particular gets an {@link UnreadableEndpointException}, since to say that
 * there is none would have its deliveries thrown away.
 *
 * <p>Of each endpoint the newest {@value #MAX_ATTEMPTS} attempts are kept, whatever the retention:
 * a server whose memory is full refuses jobs.
 *
 * <p>A listener is told of what this store has queued, and not of what others have.
 */
final class RedisWebhookStore implements WebhookStore {

  static final int MAX_ATTEMPTS = 10_000;

  private static final Logger log = LoggerFactory.getLogger(RedisWebhookStore.class);

  private static final int REMOVE_AT_ONCE = 500;
  private static final int REMOVE_STEPS = 500;

  /** Where the scripts answer what of an endpoint is sealed. */
  private static final int SEALED = 5;

  private final EndpointCodec codec;
  private final RedisLink link;
  private final @Nullable Clock clock;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

  /** Those that the log has named. */
  private final Set<UUID> unreadable = ConcurrentHashMap.newKeySet();

  /**
   * @param clock null for the server's
   */
  RedisWebhookStore(EndpointCodec codec, RedisLink link, @Nullable Clock clock) {
    this.codec = codec;
    this.link = link;
    this.clock = clock;
  }

  @Override
  public boolean add(Endpoint endpoint) {
    return !run(
            Script.ADD_ENDPOINT,
            arguments()
                .add(endpoint.id())
                .add(endpoint.version())
                .add(endpoint.name())
                .add(codec.write(endpoint)))
        .isEmpty();
  }

  @Override
  public Optional<Endpoint> find(UUID id) {
    return endpointIn(run(Script.FIND_ENDPOINT, arguments().add(id)));
  }

  @Override
  public Optional<Endpoint> findByName(String name) {
    return endpointIn(run(Script.FIND_ENDPOINT_BY_NAME, arguments().add(name)));
  }

  @Override
  public List<Endpoint> endpoints() {
    return stored().stream()
        .flatMap(shown -> readable(shown).stream())
        .sorted(Comparator.comparing(Endpoint::name))
        .toList();
  }

  @Override
  public List<UnreadableEndpoint> unreadableEndpoints() {
    return stored().stream()
        .filter(shown -> readable(shown).isEmpty())
        .map(RedisWebhookStore::unreadable)
        .sorted(Comparator.comparing(UnreadableEndpoint::name))
        .toList();
  }

  @Override
  public void sealAnew() {
    stored().stream()
        .filter(shown -> !codec.isSealedWithCurrentKey(shown.bytes(SEALED)))
        .flatMap(shown -> readable(shown).stream())
        .forEach(endpoint -> replace(endpoint.rewritten()));
  }

  private List<Reply> stored() {
    Reply all = run(Script.ENDPOINTS, arguments());
    return IntStream.range(0, all.size()).mapToObj(all::list).toList();
  }

  @Override
  public Replacement replace(Endpoint next) {
    Reply reply =
        run(
            Script.REPLACE_ENDPOINT,
            arguments()
                .add(next.id())
                .add(next.version() - 1)
                .add(next.version())
                .add(next.name())
                .add(codec.write(next)));
    return switch (reply.text(0)) {
      case "replaced" -> Replacement.REPLACED;
      case "name_taken" -> Replacement.NAME_TAKEN;
      case "outdated" -> Replacement.OUTDATED;
      default -> throw unknown(Script.REPLACE_ENDPOINT, reply);
    };
  }

  /**
   * {@inheritDoc}
   *
   * <p>The endpoint is gone with the first step. If a later one fails, what it was still to be told
   * is discarded as it becomes due, and its history goes with its age.
   */
  @Override
  public boolean delete(UUID id) {
    Reply first = deleteStep(id);
    long removed = first.number(1);
    while (removed > 0) {
      removed = deleteStep(id).number(1);
    }
    unreadable.remove(id);
    return first.number(0) == 1;
  }

  private Reply deleteStep(UUID id) {
    return run(Script.DELETE_ENDPOINT, arguments().add(id).add(REMOVE_AT_ONCE));
  }

  /** {@inheritDoc} Those that this node cannot read are left to others. */
  @Override
  public Set<UUID> endpointsDue() {
    Reply shown = run(Script.ENDPOINTS_DUE, arguments());
    var due = new HashSet<UUID>();
    for (int i = 0; i < shown.size(); i++) {
      Reply each = shown.list(i);
      if (isGone(each) || readable(each).isPresent()) {
        due.add(each.id(0));
      }
    }
    return due;
  }

  @Override
  public List<ClaimedDelivery> claim(UUID endpointId, int max, Duration lease) {
    Reply shown =
        run(Script.CLAIM_DELIVERIES, arguments().add(endpointId).add(max).add(lease.toMillis()));
    var claimed = new ArrayList<ClaimedDelivery>();
    for (int i = 0; i < shown.size(); i++) {
      claimed.add(DeliveryFields.claimed(shown.list(i)));
    }
    return List.copyOf(claimed);
  }

  @Override
  public boolean record(ClaimedDelivery claimed, Attempt attempt, @Nullable Instant nextAt) {
    Arguments arguments =
        held(claimed)
            .add(nextAt == null ? "" : Long.toString(nextAt.toEpochMilli()))
            .add(MAX_ATTEMPTS);
    DeliveryFields.write(attempt, arguments);
    return !run(Script.RECORD_ATTEMPT, arguments).isEmpty();
  }

  @Override
  public boolean release(ClaimedDelivery claimed) {
    boolean released = !run(Script.RELEASE_DELIVERY, held(claimed)).isEmpty();
    if (released) {
      tell();
    }
    return released;
  }

  @Override
  public boolean discard(ClaimedDelivery claimed) {
    return !run(Script.DISCARD_DELIVERY, held(claimed)).isEmpty();
  }

  @Override
  public List<Attempt> attempts(UUID endpointId, int offset, int limit) {
    Reply shown =
        run(
            Script.ATTEMPTS,
            arguments().add(endpointId).add(offset).add((long) offset + limit - 1));
    var attempts = new ArrayList<Attempt>();
    for (int i = 0; i < shown.size(); i++) {
      attempts.add(DeliveryFields.attempt(shown.list(i)));
    }
    return List.copyOf(attempts);
  }

  @Override
  public long attemptCount(UUID endpointId) {
    return run(Script.COUNT_ATTEMPTS, arguments().add(endpointId)).number(0);
  }

  @Override
  public Optional<Attempt> findAttempt(UUID id) {
    Reply shown = run(Script.FIND_ATTEMPT, arguments().add(id));
    return shown.isEmpty() ? Optional.empty() : Optional.of(DeliveryFields.attempt(shown));
  }

  @Override
  public Redelivery redeliver(UUID attemptId) {
    Reply reply = run(Script.REDELIVER, arguments().add(attemptId));
    return switch (reply.text(0)) {
      case "queued" -> {
        tell();
        yield Redelivery.QUEUED;
      }
      case "in_flight" -> Redelivery.IN_FLIGHT;
      case "unknown" -> Redelivery.UNKNOWN;
      default -> throw unknown(Script.REDELIVER, reply);
    };
  }

  /** {@inheritDoc} Does no more of it at a time than takes a few seconds. */
  @Override
  public void removeAttemptsBefore(Instant instant) {
    int step = 0;
    long removed;
    do {
      removed =
          run(Script.EXPIRE_ATTEMPTS, arguments().add(instant.toEpochMilli()).add(REMOVE_AT_ONCE))
              .number(0);
    } while (removed > 0 && ++step < REMOVE_STEPS);
  }

  @Override
  public JobStore.Subscription subscribe(Runnable listener) {
    // An object of its own, since the same listener may have subscribed before.
    Runnable subscribed = () -> listener.run();
    listeners.add(subscribed);
    return () -> listeners.remove(subscribed);
  }

  /** Something may be due. On any thread, which must not block. */
  void tell() {
    listeners.forEach(Runnable::run);
  }

  void close() {
    listeners.clear();
  }

  private Optional<Endpoint> endpointIn(Reply shown) {
    if (shown.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(endpoint(shown));
    } catch (UnreadableException e) {
      throw new UnreadableEndpointException(unreadable(shown), e);
    }
  }

  /** Empty, and the log says so once, if this node cannot read the endpoint. */
  private Optional<Endpoint> readable(Reply shown) {
    UUID id = shown.id(0);
    try {
      Endpoint endpoint = endpoint(shown);
      unreadable.remove(id);
      return Optional.of(endpoint);
    } catch (UnreadableException e) {
      if (unreadable.add(id)) {
        log.warn(
            "Webhook endpoint {} is left out on this node, and its deliveries wait. {}",
            id,
            e.getMessage());
      }
      return Optional.empty();
    }
  }

  /**
   * @param shown as the scripts answer an endpoint: its id, version, failures, times of the last
   *     success and failure, what is sealed, and its name
   */
  private Endpoint endpoint(Reply shown) throws UnreadableException {
    return codec.read(shown.id(0), shown.number(1), health(shown), shown.bytes(SEALED));
  }

  private static UnreadableEndpoint unreadable(Reply shown) {
    return new UnreadableEndpoint(shown.id(0), shown.text(6), shown.number(1), health(shown));
  }

  private static EndpointHealth health(Reply shown) {
    return new EndpointHealth(
        shown.isAbsent(2) ? 0 : shown.number(2), instant(shown, 3), instant(shown, 4));
  }

  private static boolean isGone(Reply shown) {
    return shown.isAbsent(1);
  }

  private static @Nullable Instant instant(Reply reply, int index) {
    return reply.isAbsent(index) ? null : Instant.ofEpochMilli(reply.number(index));
  }

  private Arguments held(ClaimedDelivery claimed) {
    return arguments().add(claimed.delivery().jobId()).add(claimed.token());
  }

  private Arguments arguments() {
    return Arguments.at(clock);
  }

  private Reply run(Script script, Arguments arguments) {
    return RedisLink.await(link.run(script, arguments));
  }

  private static IllegalStateException unknown(Script script, Reply reply) {
    return new IllegalStateException(script + " answered " + reply.text(0));
  }
}

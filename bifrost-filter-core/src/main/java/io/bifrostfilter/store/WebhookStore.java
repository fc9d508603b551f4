package io.bifrostfilter.store;

import io.bifrostfilter.delivery.Attempt;
import io.bifrostfilter.delivery.AttemptOutcome;
import io.bifrostfilter.delivery.ClaimedDelivery;
import io.bifrostfilter.delivery.Delivery;
import io.bifrostfilter.delivery.Endpoint;
import io.bifrostfilter.delivery.UnreadableEndpoint;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Keeps webhook endpoints, what is still to be delivered to them, and what came of it: the other
 * half of a {@link JobStore}, in the same technology.
 *
 * <p>Deliveries are queued by the {@link JobStore} itself, in the step that finishes a job whose
 * {@link io.bifrostfilter.job.Job#webhook} is not null, so that no crash comes between the two:
 * {@link Delivery#of} the job, due at once. A delivery outlives its job, whether that expires or is
 * deleted.
 *
 * <p>Implementations are safe for use by many threads, and, if the store is shared, by many
 * processes. Leases go by the store's clock. What is kept durably has secrets, URLs and header
 * values sealed ({@code store.codec.EndpointCodec} does it).
 *
 * <p>{@code WebhookStoreContract} in this module's test-jar is what an implementation must pass.
 *
 * <p>Every method may block, and may throw {@link JobStoreException} if the store cannot be reached
 * or cannot say.
 */
public interface WebhookStore {

  // ---- endpoints

  /**
   * @return false, with nothing changed, if there is one of that name
   */
  boolean add(Endpoint endpoint);

  /**
   * @throws UnreadableEndpointException if there is one, and it cannot be read
   */
  Optional<Endpoint> find(UUID id);

  /**
   * @throws UnreadableEndpointException if there is one, and it cannot be read
   */
  Optional<Endpoint> findByName(String name);

  /**
   * All endpoints but those that cannot be read, in the order of their names. There are tens of
   * them, not thousands.
   */
  List<Endpoint> endpoints();

  /**
   * The endpoints that cannot be read, in the order of their names. They keep their names and what
   * waits for them, are due to nobody, and can be deleted, or replaced by their version. None by
   * default, for a store that seals nothing.
   */
  default List<UnreadableEndpoint> unreadableEndpoints() {
    return List.of();
  }

  /**
   * Seals with the current key what was sealed with one before it, which can be dropped afterwards:
   * unlike a job, an endpoint does not expire. Whatever is written while this runs is left as it
   * is. Does nothing by default, for a store that seals nothing.
   */
  default void sealAnew() {}

  /**
   * Puts an endpoint in the place of the version before it. Its health is left as it is stored.
   *
   * @param next has the version that is stored, and one more
   */
  Replacement replace(Endpoint next);

  /**
   * Removes an endpoint, what is to be delivered to it, and its history.
   *
   * @return false if there is none of that id
   */
  boolean delete(UUID id);

  // ---- deliveries

  /**
   * The endpoints that something is to be delivered to by now: its time has come, and nobody holds
   * it. An endpoint that is not there any more may be among them.
   */
  Set<UUID> endpointsDue();

  /**
   * Takes deliveries to an endpoint whose time has come, the longest due first, each for one caller
   * of this method alone until the lease lapses. Whose lease has lapsed is due again, with the same
   * attempt.
   *
   * @param max how many at most, at least 1
   * @param lease from now
   */
  List<ClaimedDelivery> claim(UUID endpointId, int max, Duration lease);

  /**
   * Records an attempt, and what follows from it: the next, or that the delivery is over. In the
   * same step, if the delivery is over, the endpoint's health is brought up to date ({@link
   * io.bifrostfilter.delivery.EndpointHealth#after}, with the attempt's time).
   *
   * @param attempt its {@link AttemptOutcome#isLast} says whether the delivery is over
   * @param nextAt when to try again; null exactly if the delivery is over
   * @return false, with nothing changed, if the delivery is no longer this claim's: the lease
   *     lapsed and another took it, or the endpoint was deleted
   */
  boolean record(ClaimedDelivery claimed, Attempt attempt, @Nullable Instant nextAt);

  /**
   * Gives a delivery back, due at once, with the same attempt.
   *
   * @return false, with nothing changed, if the delivery is no longer this claim's
   */
  boolean release(ClaimedDelivery claimed);

  /**
   * Drops a delivery that nobody wants; it leaves no history.
   *
   * @return false, with nothing changed, if the delivery is no longer this claim's
   */
  boolean discard(ClaimedDelivery claimed);

  // ---- history

  /**
   * Attempts of an endpoint, newest first; those of the same millisecond in any order that stays.
   *
   * @param offset how many to leave out, at least 0
   * @param limit how many at most, at least 1
   */
  List<Attempt> attempts(UUID endpointId, int offset, int limit);

  /** How many attempts of an endpoint there are. */
  long attemptCount(UUID endpointId);

  Optional<Attempt> findAttempt(UUID id);

  /**
   * Queues the delivery of an attempt once more, due at once, its attempts counted from 1 again.
   */
  Redelivery redeliver(UUID attemptId);

  /**
   * Removes attempts that were made before that instant, and deliveries that are over and of which
   * no attempt is left.
   */
  void removeAttemptsBefore(Instant instant);

  /**
   * Tells a listener from now on that something may be due. A hint: called on whatever thread
   * queued it, it must neither block nor throw; a shared store need not tell what others have
   * queued.
   */
  JobStore.Subscription subscribe(Runnable listener);

  /** What became of an endpoint that was to be replaced. */
  enum Replacement {
    REPLACED,
    /** It was not: another endpoint has the new name. */
    NAME_TAKEN,
    /** It was not: it was replaced or deleted meanwhile. */
    OUTDATED
  }

  /** What became of a delivery that was to be queued again. */
  enum Redelivery {
    QUEUED,
    /** It was not: it is not over yet. */
    IN_FLIGHT,
    /** It was not: there is no such attempt. */
    UNKNOWN
  }
}

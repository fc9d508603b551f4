package io.bifrostfilter.store.jdbc;

import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.Lease;
import io.bifrostfilter.job.RecordedRequest;
import io.bifrostfilter.store.ClaimedJob;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Jobs that this node has written as claimed, because its worker had asked for more than there was.
 * The worker is given them without asking the database.
 *
 * <p>A claim that came back short leaves a <em>demand</em>, which the next submits may use up. It
 * is void as soon as anything waits in the database, so that nobody jumps the queue. Until it is
 * given out, a job is pending to all who ask this node. For many threads; each method is one step.
 */
final class Reservations {

  /**
   * @param pending the job as it was before
   * @param ready whether it is in the database
   * @param since when, by the clock that is never set
   */
  private record Reserved(ClaimedJob job, Job pending, boolean ready, long since, Duration lease) {

    Duration age() {
      return Duration.ofNanos(System.nanoTime() - since);
    }
  }

  private final Map<UUID, Reserved> held = new LinkedHashMap<>();
  private int demand;
  private long demandedAt;
  private Duration demandedLease = Duration.ZERO;
  private long looks;
  private boolean closed;

  /** A claim looks into the database; what was demanded before is void. */
  synchronized long look() {
    demand = 0;
    return looks;
  }

  /**
   * A claim came back short, by that many.
   *
   * @param look as {@link #look} gave it; if something began to wait since, there is no demand
   */
  synchronized void demand(long look, int missing, Duration lease) {
    if (look == looks && !closed) {
      demand = missing;
      demandedLease = lease;
      demandedAt = System.nanoTime();
    }
  }

  /**
   * Asks for so many instead of what was demanded before, without another look into the database.
   *
   * @param within the age of the look that what was demanded goes back to
   * @return false, with nothing changed, if that is as old, or if nothing is demanded any more
   */
  synchronized boolean demandAgain(int max, Duration lease, Duration within) {
    if (demand == 0 || System.nanoTime() - demandedAt >= within.toNanos()) {
      return false;
    }
    demand = Math.max(0, max - held.size());
    demandedLease = lease;
    return true;
  }

  /** Something waits in the database. */
  synchronized void somethingWaits() {
    looks++;
    demand = 0;
  }

  /**
   * Makes the first of these jobs this node's, as far as there is demand; they are about to be
   * written, and are given out once they are {@link #written}.
   *
   * @return how long the lease of these is; null if there are none
   */
  synchronized @Nullable Duration reserve(Job job, RecordedRequest request) {
    if (demand == 0) {
      return null;
    }
    demand--;
    var claimed = new ClaimedJob(job.claimed(), request, new Lease(job.id(), 1));
    held.put(job.id(), new Reserved(claimed, job, false, System.nanoTime(), demandedLease));
    return demandedLease;
  }

  /** A reserved job is in the database. */
  synchronized void written(UUID id) {
    held.computeIfPresent(
        id, (key, it) -> new Reserved(it.job(), it.pending(), true, System.nanoTime(), it.lease()));
  }

  /** Jobs that were claimed for somebody who has gone. */
  synchronized void keep(Collection<ClaimedJob> claimed, Duration lease) {
    for (ClaimedJob each : claimed) {
      Job pending = each.job().handedOver();
      held.put(each.job().id(), new Reserved(each, pending, true, System.nanoTime(), lease));
    }
  }

  /** Gives jobs out, the first first; but none whose lease may be over soon. */
  synchronized List<ClaimedJob> take(int max) {
    var taken = new ArrayList<ClaimedJob>();
    Iterator<Reserved> all = held.values().iterator();
    while (all.hasNext() && taken.size() < max) {
      Reserved next = all.next();
      if (next.ready() && next.age().compareTo(next.lease().dividedBy(2)) < 0) {
        all.remove();
        taken.add(next.job());
      }
    }
    return taken;
  }

  /** A job is not to be given out any more; whether it was to be. */
  synchronized boolean remove(UUID id) {
    return held.remove(id) != null;
  }

  /** The job as it was before it was reserved, if it has not been given out. */
  synchronized Optional<Job> pending(UUID id) {
    return Optional.ofNullable(held.get(id)).map(Reserved::pending);
  }

  /** How many jobs of each owner wait for being given out. */
  synchronized Map<@Nullable String, Long> waitingByOwner() {
    var counts = new HashMap<@Nullable String, Long>();
    held.values().forEach(each -> counts.merge(each.pending().owner(), 1L, Long::sum));
    return counts;
  }

  synchronized int count() {
    return held.size();
  }

  /** Takes back what nobody has come for in that time; there is no demand then. */
  synchronized List<Lease> leftFor(Duration time) {
    var left = new ArrayList<Lease>();
    Iterator<Reserved> all = held.values().iterator();
    while (all.hasNext()) {
      Reserved next = all.next();
      if (next.ready() && next.age().compareTo(time) >= 0) {
        all.remove();
        left.add(next.job().lease());
      }
    }
    if (!left.isEmpty()) {
      demand = 0;
    }
    return left;
  }

  /** From now on there is no demand. */
  synchronized void close() {
    closed = true;
    demand = 0;
  }
}

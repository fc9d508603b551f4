package io.bifrostfilter.store.jdbc;

import io.bifrostfilter.crypto.Keyring;
import io.bifrostfilter.job.Failure;
import io.bifrostfilter.job.IdempotencyKey;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.JobStatus;
import io.bifrostfilter.job.JobSummary;
import io.bifrostfilter.job.Lease;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.job.RecordedRequest;
import io.bifrostfilter.store.Admission;
import io.bifrostfilter.store.ClaimedJob;
import io.bifrostfilter.store.JobCounts;
import io.bifrostfilter.store.JobListener;
import io.bifrostfilter.store.JobListener.Change;
import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.JobStoreException;
import io.bifrostfilter.store.Limits;
import io.bifrostfilter.store.Recovery;
import io.bifrostfilter.store.WebhookStore;
import io.bifrostfilter.store.codec.EndpointCodec;
import io.bifrostfilter.store.codec.Payloads;
import io.bifrostfilter.store.codec.UnreadableException;
import io.bifrostfilter.store.jdbc.Submits.Submit;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps jobs in a relational database, which many nodes may share: PostgreSQL, MySQL, MariaDB or
 * H2. For many threads.
 *
 * <p>A job is a small row; its request, and later its result, are sealed and lie in tables of their
 * own, so that looking for work stays cheap. Submits that arrive together share a commit, and so do
 * outcomes. While the worker of this node has room and nothing waits, a submit is written as
 * claimed already, and {@link #claim} gives it out without asking the database. All times are the
 * database's.
 *
 * <p>What is larger than the database takes is refused, or, of a result, recorded as {@link
 * Failure#RESPONSE_TOO_LARGE}.
 *
 * <p>Calls wait for at most five seconds. While the database is away they fail at once, and it is
 * asked every second whether it is back. {@link #close} leaves the {@code DataSource} open, unless
 * told otherwise.
 */
public final class JdbcJobStore implements JobStore {

  private static final Logger log = LoggerFactory.getLogger(JdbcJobStore.class);

  private static final int RECOVER_AT_ONCE = 500;

  /** A submit finds that its key is another job's, which then goes away; not for ever. */
  private static final int MAX_TRIES = 10;

  private final Payloads payloads;
  private final AutoCloseable closedWithStore;
  private final Database database;
  private final JobTables tables;
  private final Announcer announcer = new Announcer();
  private final Reservations reservations = new Reservations();
  private final ChangeFeed feed;
  private final JdbcWebhookStore webhooks;
  private final Submits submits;
  private final Claims claims;
  private final Outcomes outcomes;
  private final Housekeeping housekeeping;
  private final long largestValue;
  private final DoneCount completed = new DoneCount(JobStatus.COMPLETED);
  private final DoneCount failed = new DoneCount(JobStatus.FAILED);

  private JdbcJobStore(Builder builder) {
    Keyring keyring = Objects.requireNonNull(builder.keyring, "keyring");
    this.payloads = new Payloads(keyring);
    this.closedWithStore = builder.closedWithStore;
    this.database = new Database(builder.dataSource);
    try {
      Dialect dialect = database.transaction(connection -> Dialect.of(connection.getMetaData()));
      database.openEachWith(kind -> dialect.opening(kind, Database.PATIENCE));
      this.largestValue = database.transaction(dialect::largestValue);
      new Schema(database, dialect, builder.tablePrefix).prepare(builder.initializeSchema);
      Supplier<String> now = builder.now == null ? dialect::now : builder.now;
      var sql = new SqlText(dialect, builder.tablePrefix, now);
      this.tables = JobTables.of(sql);
      this.feed = startFeed(dialect, builder.tablePrefix + "changes");
      this.webhooks = new JdbcWebhookStore(database, sql, new EndpointCodec(keyring));
    } catch (Throwable t) {
      announcer.close();
      database.close();
      closePool();
      throw t;
    }
    this.submits = new Submits(database, tables, feed, announcer, reservations);
    this.claims = new Claims(database, tables, reservations, feed, Claims.BELIEVED, this::readable);
    this.outcomes =
        new Outcomes(database, tables, feed, announcer, claims::slotsBecomeFree, webhooks::queued);
    this.housekeeping = new Housekeeping(database, tables, this::giveBackUnclaimed);
  }

  /**
   * @param dataSource gives connections that take part in no transaction of the application; best
   *     from a pool, of at least 4
   */
  public static Builder builder(DataSource dataSource) {
    return new Builder(dataSource);
  }

  private ChangeFeed startFeed(Dialect dialect, String channel) {
    boolean canListen =
        dialect == Dialect.POSTGRESQL && database.transaction(PostgresDriver::canListen);
    return canListen
        ? new ListeningFeed(database, tables, channel, this::changedElsewhere)
        : new PollingFeed(database, tables, this::changedElsewhere);
  }

  /** How the store is to be. */
  public static final class Builder {

    private final DataSource dataSource;
    private @Nullable Keyring keyring;
    private String tablePrefix = "bifrost_";
    private boolean initializeSchema = true;
    private AutoCloseable closedWithStore = () -> {};
    private @Nullable Supplier<String> now;

    private Builder(DataSource dataSource) {
      this.dataSource = dataSource;
    }

    /** What is stored is sealed under these keys; required. */
    public Builder keyring(Keyring keys) {
      this.keyring = keys;
      return this;
    }

    /**
     * What the names of the tables begin with; {@code bifrost_} unless set.
     *
     * @throws IllegalArgumentException if it is anything but lower-case letters, digits and
     *     underscores, a letter first, at most 30 of them
     */
    public Builder tablePrefix(String prefix) {
      if (!prefix.matches("[a-z][a-z0-9_]{0,29}")) {
        throw new IllegalArgumentException(
            "The table prefix \""
                + prefix
                + "\" is not allowed: it takes 1 to 30 lower-case letters, digits and underscores,"
                + " a letter first.");
      }
      this.tablePrefix = prefix;
      return this;
    }

    /** Closed with the store: the pool, where it was made for this store alone. */
    public Builder closing(AutoCloseable pool) {
      this.closedWithStore = pool;
      return this;
    }

    /** Whether missing tables are created; true unless set. */
    public Builder initializeSchema(boolean create) {
      this.initializeSchema = create;
      return this;
    }

    /**
     * Instead of the database's clock, for tests.
     *
     * @param sql gives an expression for the milliseconds since 1970
     */
    Builder now(Supplier<String> sql) {
      this.now = sql;
      return this;
    }

    /**
     * Connects, and looks at the tables.
     *
     * @throws IllegalArgumentException if it is a database that the store does not know
     * @throws IllegalStateException if the tables are missing and must not be created, or are not
     *     of this version
     * @throws JobStoreException if the database cannot be reached, or refuses
     */
    public JdbcJobStore build() {
      return new JdbcJobStore(this);
    }
  }

  @Override
  public Admission add(Job job, RecordedRequest request, Limits limits) {
    var submit =
        new Submit(
            job,
            HexFormat.of().formatHex(payloads.tag(job)),
            request,
            new Sealed(payloads.write(job.id(), request)),
            limits);
    if (submit.sealed().bytes.length > largestValue) {
      return new Admission.Refused(Admission.Reason.STORE_FULL);
    }
    IdempotencyKey key = job.idempotencyKey();
    for (int tries = 1; ; tries++) {
      Submits.Result result = submits.add(submit);
      if (result instanceof Submits.Result.Added) {
        return new Admission.Added(job);
      }
      Optional<Job> earlier = key == null ? Optional.empty() : findByIdempotencyScope(key.scope());
      if (key != null && earlier.isPresent()) {
        return repeated(key, earlier.get());
      }
      if (result instanceof Submits.Result.Refused refused) {
        return new Admission.Refused(refused.reason());
      }
      if (key == null || tries == MAX_TRIES) {
        throw new JobStoreException(
            "The job's idempotency key is taken and free in turn.", new IllegalStateException());
      }
      database.call(
          connection -> {
            tables.freeKeyOfExpired(connection, key.scope());
            return true;
          });
    }
  }

  private static Admission repeated(IdempotencyKey key, Job earlier) {
    IdempotencyKey first = Objects.requireNonNull(earlier.idempotencyKey());
    return first.fingerprint().equals(key.fingerprint())
        ? new Admission.Replayed(earlier)
        : new Admission.KeyReused();
  }

  @Override
  public Optional<Job> find(UUID id) {
    return database.ask(connection -> tables.find(connection, id)).map(this::job);
  }

  @Override
  public Optional<Job> findByIdempotencyScope(String scope) {
    return database.ask(connection -> tables.findByScope(connection, scope)).map(this::job);
  }

  @Override
  public List<ClaimedJob> claim(int max, Duration duration) {
    return claims.claim(max, duration);
  }

  @Override
  public Set<Lease> renew(Collection<Lease> leases, Duration duration) {
    if (leases.isEmpty()) {
      return Set.of();
    }
    return database.call(connection -> tables.renew(connection, leases, duration));
  }

  @Override
  public CompletionStage<Boolean> complete(Lease lease, Outcome outcome) {
    return outcomes.complete(completion(lease, outcome));
  }

  @Override
  public boolean release(Lease lease) {
    boolean released = database.call(connection -> giveBack(connection, List.of(lease), 1) == 1);
    if (released) {
      waitAgain(Set.of(lease.jobId()));
    }
    return released;
  }

  @Override
  public Optional<Job> finish(UUID id, Outcome outcome) {
    // A job that was not given out is as if it had never been claimed.
    int uncounted = reservations.remove(id) ? 1 : 0;
    Completion end = completion(new Lease(id, 0), outcome);
    return database
        .call(
            connection -> {
              if (tables.finish(connection, end, uncounted)) {
                feed.publish(connection, Change.DONE, Set.of(id));
                return tables.find(connection, id).map(row -> new Finished(row, true));
              }
              return tables.find(connection, id).map(row -> new Finished(row, false));
            })
        .map(
            finished -> {
              if (finished.now()) {
                announcer.tell(Set.of(id), Change.DONE);
                if (finished.row().webhook() != null) {
                  webhooks.queued();
                }
              }
              return job(finished.row());
            });
  }

  private record Finished(JobRow row, boolean now) {}

  @Override
  public boolean delete(UUID id) {
    reservations.remove(id);
    boolean deleted =
        database.call(
            connection -> {
              boolean gone = tables.delete(connection, id);
              if (gone) {
                feed.publish(connection, Change.DELETED, Set.of(id));
              }
              return gone;
            });
    if (deleted) {
      announcer.tell(Set.of(id), Change.DELETED);
    }
    return deleted;
  }

  @Override
  public Recovery recoverLapsed(int maxAttempts, Outcome lost) {
    int waiting = 0;
    var givenUp = new ArrayList<UUID>();
    while (true) {
      Recovered some = database.call(connection -> recover(connection, maxAttempts, lost));
      if (!some.waiting().isEmpty()) {
        waitAgain(some.waiting());
      }
      announcer.tell(some.finished(), Change.DONE);
      if (some.queued()) {
        webhooks.queued();
      }
      waiting += some.waiting().size();
      givenUp.addAll(some.finished());
      if (!some.more()) {
        return new Recovery(waiting, givenUp);
      }
    }
  }

  private record Recovered(Set<UUID> waiting, List<UUID> finished, boolean queued, boolean more) {}

  private Recovered recover(Connection connection, int maxAttempts, Outcome lost)
      throws SQLException {
    List<JobTables.Lapsed> lapsed = tables.lockLapsed(connection, RECOVER_AT_ONCE);
    var back = new ArrayList<Lease>();
    var ends = new ArrayList<Completion>();
    for (JobTables.Lapsed each : lapsed) {
      if (each.attempts() < maxAttempts) {
        back.add(each.lease());
      } else {
        ends.add(completion(each.lease(), lost));
      }
    }
    Set<UUID> waiting = back.isEmpty() ? Set.of() : tables.giveBack(connection, back, 0);
    var ended =
        ends.isEmpty() ? new JobTables.Ended(Set.of(), false) : tables.complete(connection, ends);
    List<UUID> finished = ended.leases().stream().map(Lease::jobId).toList();
    feed.publish(connection, Change.PENDING, waiting);
    feed.publish(connection, Change.DONE, finished);
    return new Recovered(waiting, finished, ended.queued(), lapsed.size() == RECOVER_AT_ONCE);
  }

  @Override
  public void removeExpired() {
    housekeeping.removeExpired();
  }

  /**
   * {@inheritDoc}
   *
   * <p>Jobs that are done are counted exactly up to 10,000; more are counted at most once a minute,
   * and no further than a million. The bytes are not known.
   */
  @Override
  public JobCounts counts() {
    return database.call(
        connection -> {
          long reserved = reservations.count();
          long waiting = tables.count(connection, JobStatus.PENDING, Long.MAX_VALUE);
          long running = tables.count(connection, JobStatus.PROCESSING, Long.MAX_VALUE);
          return new JobCounts(
              waiting + reserved,
              Math.max(0, running - reserved),
              completed.in(connection, tables),
              failed.in(connection, tables),
              JobCounts.UNKNOWN);
        });
  }

  @Override
  public List<JobSummary> newest(int max) {
    return database.call(connection -> tables.newest(connection, max)).stream()
        .map(this::withReserved)
        .sorted(Comparator.comparing(JobSummary::createdAt).reversed())
        .toList();
  }

  @Override
  public Subscription subscribe(JobListener listener) {
    return announcer.subscribe(listener);
  }

  @Override
  public Optional<WebhookStore> webhooks() {
    return Optional.of(webhooks);
  }

  /** Writes what was accepted, gives back what was not given out, and ends all threads. */
  @Override
  public void close() {
    reservations.close();
    submits.close();
    outcomes.close();
    claims.close();
    housekeeping.close();
    feed.close();
    announcer.close();
    webhooks.close();
    database.close();
    closePool();
  }

  private void closePool() {
    try {
      closedWithStore.close();
    } catch (Exception e) {
      log.debug("The pool of the job store did not close.", e);
    }
  }

  // ---- between rows and jobs

  private Job job(JobRow row) {
    if (!row.status().isDone()) {
      return reservations.pending(row.id()).orElseGet(row::unfinished);
    }
    Sealed sealed = row.sealed();
    if (sealed == null) {
      return row.finished(unreadable("The stored result cannot be read: it is missing."));
    }
    try {
      Job job = row.finished(payloads.readOutcome(row.id(), sealed.bytes));
      payloads.requireGenuine(job, row.tagBytes());
      return job;
    } catch (UnreadableException e) {
      return row.finished(unreadable(String.valueOf(e.getMessage())));
    }
  }

  private JobSummary withReserved(JobSummary summary) {
    return reservations.pending(summary.id()).map(JobSummary::of).orElse(summary);
  }

  /** Those whose requests can be read; the others are finished, and harm nobody. */
  private List<ClaimedJob> readable(List<JobRow> rows) {
    var claimed = new ArrayList<ClaimedJob>();
    for (JobRow row : rows) {
      var lease = new Lease(row.id(), row.leaseToken());
      Sealed sealed = row.sealed();
      if (sealed == null) {
        complete(lease, unreadable("The stored request cannot be read: it is missing."));
        continue;
      }
      try {
        Job job = row.unfinished();
        payloads.requireGenuine(job, row.tagBytes());
        claimed.add(new ClaimedJob(job, payloads.readRequest(row.id(), sealed.bytes), lease));
      } catch (UnreadableException e) {
        complete(lease, unreadable(String.valueOf(e.getMessage())));
      }
    }
    return claimed;
  }

  private static Outcome unreadable(String message) {
    return new Outcome.Unanswered(Failure.WORKER_LOST, message);
  }

  private Completion completion(Lease lease, Outcome outcome) {
    byte[] sealed = payloads.write(lease.jobId(), outcome);
    return sealed.length > largestValue
        ? completion(lease, tooLarge(outcome))
        : Completion.of(lease, outcome, new Sealed(sealed));
  }

  private static Outcome tooLarge(Outcome outcome) {
    return new Outcome.Unanswered(
        Failure.RESPONSE_TOO_LARGE,
        "The handler answered "
            + outcome.statusCode()
            + ", but its response is larger than the database takes; its max_allowed_packet says"
            + " how much that is.");
  }

  // ---- changes

  private int giveBack(Connection connection, Collection<Lease> leases, int uncounted)
      throws SQLException {
    Set<UUID> back = tables.giveBack(connection, leases, uncounted);
    feed.publish(connection, Change.PENDING, back);
    return back.size();
  }

  private void waitAgain(Set<UUID> ids) {
    submits.waitAgain();
    announcer.tell(ids, Change.PENDING);
  }

  private void giveBackUnclaimed(Duration time) {
    List<Lease> left = reservations.leftFor(time);
    if (!left.isEmpty()) {
      claims.nobodyCame();
      database.transaction(connection -> giveBack(connection, left, 1));
      waitAgain(Set.copyOf(left.stream().map(Lease::jobId).toList()));
    }
  }

  private void changedElsewhere(Change change, Collection<UUID> ids) {
    if (change == Change.PENDING) {
      reservations.somethingWaits();
    } else {
      ids.forEach(reservations::remove);
    }
    announcer.tell(ids, change);
  }
}

package io.bifrostfilter;

import io.bifrostfilter.dispatch.HandlerDispatcher;
import io.bifrostfilter.dispatch.LoopbackDispatcher;
import io.bifrostfilter.dispatch.PlaybackMarkers;
import io.bifrostfilter.dispatch.PlaybackTarget;
import io.bifrostfilter.http.Calls;
import io.bifrostfilter.http.Connections;
import io.bifrostfilter.http.CredentialOwnerResolver;
import io.bifrostfilter.http.Endpoints;
import io.bifrostfilter.http.JobPages;
import io.bifrostfilter.http.OwnerResolver;
import io.bifrostfilter.http.WebhookApi;
import io.bifrostfilter.http.WireSettings;
import io.bifrostfilter.job.JobSummary;
import io.bifrostfilter.job.Origin;
import io.bifrostfilter.observation.JobObserver;
import io.bifrostfilter.observation.JobObservers;
import io.bifrostfilter.recording.ByteBudget;
import io.bifrostfilter.store.JobCounts;
import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.Limits;
import io.bifrostfilter.store.Outage;
import io.bifrostfilter.store.memory.MemoryJobStore;
import io.bifrostfilter.submission.JobService;
import io.bifrostfilter.submission.Recognizer;
import io.bifrostfilter.threads.OwnThreads;
import io.bifrostfilter.webhook.Resolver;
import io.bifrostfilter.webhook.WebhookEngine;
import io.bifrostfilter.worker.JobWorker;
import io.bifrostfilter.worker.WorkerSettings;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The parts behind the filter: builds, starts and stops them. For many threads.
 *
 * <pre>{@code
 * AsyncJobs jobs = AsyncJobs.builder().config(AsyncJobsConfig.defaults()).build();
 * context.addFilter(new FilterHolder(jobs.filter()), "/v1/*", EnumSet.of(DispatcherType.REQUEST));
 * }</pre>
 *
 * The filter starts it when the container starts the filter, and stops it likewise.
 */
public final class AsyncJobs implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(AsyncJobs.class);
  private static final Duration TIMER_STOP = Duration.ofSeconds(5);

  private final AsyncJobsConfig config;
  private final String node = UUID.randomUUID().toString();
  private final JobStore store;
  private final OwnThreads timerThreads = OwnThreads.one("bifrost-async-timer");
  private final ScheduledThreadPoolExecutor timer = timer(timerThreads);
  private final PlaybackMarkers markers;
  private final PlaybackTarget target;
  private final HandlerDispatcher dispatcher;
  private final JobService service;
  private final JobWorker worker;
  private final JobPages pages;
  private final Optional<WebhookEngine> webhooks;
  private final Calls calls;
  private final Endpoints endpoints;
  private final boolean startsWithFilter;
  private final boolean forgetsOwners;
  private State state = State.NEW;

  private enum State {
    NEW,
    STARTED,
    DRAINED,
    CLOSED
  }

  private AsyncJobs(Builder builder) {
    config = builder.config;
    startsWithFilter = builder.startsWithFilter;
    forgetsOwners =
        builder.store != null
            && !(builder.store instanceof MemoryJobStore)
            && config.encryptionKey().isEmpty();
    Clock clock = builder.clock;
    var observers = new JobObservers(builder.observers);
    var outage = new Outage();
    // What is on its way into or out of the store, beside the quarter that is in it, may take a
    // quarter of the heap.
    long maxInFlight = Math.max(1, Runtime.getRuntime().maxMemory() / 8);
    store = builder.store != null ? builder.store : Stores.open(config, builder.dataSource, clock);
    markers =
        config
            .encryptionKey()
            .map(keyring -> PlaybackMarkers.sharing(keyring, clock))
            .orElseGet(() -> PlaybackMarkers.withRandomKey(clock));
    target = new PlaybackTarget(node, config.target().orElse(null));
    dispatcher =
        builder.dispatcher != null
            ? builder.dispatcher
            : new LoopbackDispatcher(
                target,
                markers,
                new LoopbackDispatcher.Settings(
                    config.maxConcurrency(), config.runTimeout(), config.maxResponseSize()),
                new ByteBudget(Math.max(maxInFlight, config.maxResponseSize())));
    service =
        new JobService(
            store,
            new Limits(config.queueCapacity(), config.maxJobsPerCaller()),
            config.encryptionKey().map(Recognizer::sharing).orElseGet(Recognizer::ofThisProcess),
            clock,
            timer,
            observers);
    worker =
        new JobWorker(
            store,
            dispatcher,
            new WorkerSettings(
                config.maxConcurrency(),
                config.lease(),
                config.maxAttempts(),
                config.drainTimeout()),
            timer,
            clock,
            observers,
            outage);
    pages = new JobPages(config.pathPrefix());
    webhooks = maybeWebhooks(builder, outage);
    if (webhooks.isEmpty() && !config.webhooks().endpoints().isEmpty()) {
      throw new InvalidConfigException(
          "webhooks.endpoints",
          "bifrost.async.webhooks.endpoints names endpoints, but the job store does not support"
              + " webhooks.");
    }
    var wire =
        new WireSettings(
            config.pathPrefix(),
            config.targetPrefix(),
            config.routes(),
            config.headerAnswers(),
            config.maxRequestSize(),
            config.defaultResultTtl(),
            config.maxResultTtl(),
            config.maxWait());
    calls = new Calls(wire);
    endpoints =
        new Endpoints(
            wire,
            service,
            builder.ownerResolver,
            new WebhookApi(config.webhooks().adminToken(), webhooks.map(WebhookEngine::webhooks)),
            clock,
            node,
            new ByteBudget(Math.max(maxInFlight, config.maxRequestSize())),
            outage);
  }

  /**
   * Empty where no endpoint can ever be: the heap begins without any, nobody may make one without
   * an administrator's token, and none is declared. Nothing would be told to anybody, for a thread,
   * and a part of the start.
   */
  private Optional<WebhookEngine> maybeWebhooks(Builder builder, Outage outage) {
    WebhookSettings settings = config.webhooks();
    boolean beginsEmpty = builder.store == null && !config.store().isDurable();
    if (beginsEmpty && settings.adminToken().isEmpty() && settings.endpoints().isEmpty()) {
      return Optional.empty();
    }
    return store
        .webhooks()
        .map(
            webhookStore ->
                new WebhookEngine(
                    store,
                    webhookStore,
                    pages,
                    settings.endpoints(),
                    settings.deliveryRetention(),
                    builder.resolver,
                    builder.clock,
                    outage));
  }

  public static Builder builder() {
    return new Builder();
  }

  /**
   * The filter to register. It starts these parts with itself, unless told not to, and closes them
   * with itself.
   */
  public AsyncJobFilter filter() {
    return new AsyncJobFilter(this);
  }

  /**
   * Starts the worker and its threads. Does nothing if that has been done.
   *
   * @throws IllegalStateException if this was drained or closed
   */
  public synchronized void start() {
    if (state == State.DRAINED || state == State.CLOSED) {
      throw new IllegalStateException("AsyncJobs cannot be started again once it is stopped");
    }
    if (state == State.STARTED) {
      return;
    }
    // First, since it may fail: nothing else runs by then.
    webhooks.ifPresent(WebhookEngine::start);
    worker.start();
    state = State.STARTED;
    if (forgetsOwners) {
      log.warn(
          "The job store was given in code, and there is no bifrost.async.encryption-key: callers"
              + " are recognized by hashes that end with this process, so that after a restart or"
              + " on another node nobody gets at their jobs. If the store outlives this process,"
              + " set the key to 32 random bytes in base64 (openssl rand -base64 32), the same on"
              + " all nodes.");
    }
    log.info(
        "Async jobs are on: up to {} run at once, and results are kept for {} seconds unless asked"
            + " otherwise.",
        config.maxConcurrency(),
        config.defaultResultTtl().toSeconds());
  }

  /**
   * Says where the server listens, so that jobs which wait in the store run before the first
   * request has come in. Where a target is configured, or a request has shown it already, that
   * stays.
   *
   * @param secure whether it speaks TLS there
   * @param address an address of this machine that it listens on, or the wildcard
   * @param port the TCP port, 1 to 65535
   */
  public void listensOn(boolean secure, String address, int port) {
    if (!target.isKnown()) {
      target.learn(new Origin(node, secure, Connections.connectable(address), port));
      wakeWorker();
    }
  }

  /**
   * Takes and claims nothing more, and waits for running jobs for as long as the drain timeout.
   * Polls are answered as before, but from then on none is held. To be called while the server
   * still accepts the playbacks' connections; does nothing if that has been done.
   */
  public synchronized void drain() {
    if (state == State.STARTED) {
      service.acceptNoMore();
      worker.stop();
    }
    // Nothing ends here any more that a poll could wait for, and it would hold up the server.
    service.close();
    if (state != State.CLOSED) {
      state = State.DRAINED;
    }
  }

  /**
   * Gives back at once what still runs, for another node or the next start to run again if the
   * store outlives this process. To be called before the server closes the playbacks' connections,
   * while or after {@link #drain} waits; does nothing before it.
   */
  public void handOver() {
    worker.handOver();
  }

  /**
   * Drains, ends every thread, and lets the store go. Does nothing if that has been done. A store
   * or dispatcher that was given in code is closed, too.
   */
  @Override
  public synchronized void close() {
    if (state == State.CLOSED) {
      return;
    }
    drain();
    state = State.CLOSED;
    webhooks.ifPresent(WebhookEngine::close);
    dispatcher.close();
    stopTimer();
    store.close();
  }

  public AsyncJobsConfig config() {
    return config;
  }

  /**
   * What the store holds.
   *
   * @throws io.bifrostfilter.store.JobStoreException if the store cannot be reached
   */
  public JobCounts counts() {
    return store.counts();
  }

  /**
   * The newest jobs, the newest first, whoever they belong to; for operators alone.
   *
   * @param max how many at most, at least 1
   * @throws io.bifrostfilter.store.JobStoreException if the store cannot be reached
   */
  public List<JobSummary> newest(int max) {
    return store.newest(max);
  }

  boolean startsWithFilter() {
    return startsWithFilter;
  }

  String node() {
    return node;
  }

  Calls calls() {
    return calls;
  }

  Endpoints endpoints() {
    return endpoints;
  }

  PlaybackMarkers markers() {
    return markers;
  }

  /** What stands before every path of the application that these parts are in front of. */
  void contextPath(String path) {
    pages.contextPath(path);
  }

  PlaybackTarget target() {
    return target;
  }

  /** Something that a worker waits for may have come. */
  void wakeWorker() {
    worker.wake();
  }

  private static ScheduledThreadPoolExecutor timer(OwnThreads threads) {
    var timer = new ScheduledThreadPoolExecutor(1, threads);
    // Most waits end before their time, and must not be kept until then.
    timer.setRemoveOnCancelPolicy(true);
    return timer;
  }

  private void stopTimer() {
    timer.shutdownNow();
    if (!timerThreads.await(TIMER_STOP)) {
      log.warn("The thread bifrost-async-timer is still busy; it ends when it is done.");
    }
  }

  /** Collects the parts. For one thread. */
  public static final class Builder {

    private AsyncJobsConfig config = AsyncJobsConfig.defaults();
    private @Nullable JobStore store;
    private @Nullable DataSource dataSource;
    private @Nullable HandlerDispatcher dispatcher;
    private OwnerResolver ownerResolver = new CredentialOwnerResolver();
    private Clock clock = Clock.systemUTC();
    private final List<JobObserver> observers = new ArrayList<>();
    private boolean startsWithFilter = true;
    private Resolver resolver = Resolver.SYSTEM;

    private Builder() {}

    public Builder config(AsyncJobsConfig value) {
      config = value;
      return this;
    }

    /**
     * Instead of the one that the configuration names. Closed with the rest. If it outlives this
     * process, configure an {@code encryption-key}, too: without one, callers are recognized by
     * hashes that end with the process, and nobody gets at their jobs after it.
     */
    public Builder store(JobStore value) {
      store = value;
      return this;
    }

    /**
     * For the JDBC store, instead of the one that is configured. It is not closed, and no
     * transaction of the application is joined.
     */
    public Builder dataSource(DataSource value) {
      dataSource = value;
      return this;
    }

    /** Instead of playing back over HTTP. Closed with the rest. */
    public Builder dispatcher(HandlerDispatcher value) {
      dispatcher = value;
      return this;
    }

    /** Instead of principal or credential. */
    public Builder ownerResolver(OwnerResolver value) {
      ownerResolver = value;
      return this;
    }

    /** Instead of the system's. */
    public Builder clock(Clock value) {
      clock = value;
      return this;
    }

    /** Instead of the system's, for the names that webhooks go to. */
    Builder resolver(Resolver value) {
      resolver = value;
      return this;
    }

    /** Is told what happens to jobs. May be called for as many as there are. */
    public Builder observer(JobObserver value) {
      observers.add(value);
      return this;
    }

    /**
     * Whether the filter starts the parts when the container starts the filter, as it does unless
     * told otherwise. Where the container does that before it listens, jobs that wait in a durable
     * store would be played back to a closed door: say false, and call {@link AsyncJobs#start} once
     * it listens.
     */
    public Builder startsWithFilter(boolean value) {
      startsWithFilter = value;
      return this;
    }

    public AsyncJobs build() {
      return new AsyncJobs(this);
    }
  }
}

package io.bifrostfilter.webhook;

import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.Outage;
import io.bifrostfilter.store.WebhookStore;
import io.bifrostfilter.threads.OwnThreads;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The parts behind webhooks: builds, starts and stops them. For many threads. */
public final class WebhookEngine implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(WebhookEngine.class);

  /** For looking names up, and for the store. */
  private static final int THREADS = 16;

  private static final long KEEP_IDLE_THREAD_SECONDS = 30;
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(5);

  private final WebhookStore store;
  private final List<DeclaredEndpoint> declared;
  private final WebhookClient client;
  private final OwnThreads threads = OwnThreads.numbered("bifrost-async-webhook");
  private final ThreadPoolExecutor executor = executor(threads);
  private final DeliveryDispatcher dispatcher;
  private final Webhooks webhooks;
  private boolean started;

  /**
   * @param declared the endpoints that the configuration names, to which the store's are brought
   *     when this starts
   * @param retention of the history of deliveries
   */
  public WebhookEngine(
      JobStore jobs,
      WebhookStore store,
      JobDocuments documents,
      List<DeclaredEndpoint> declared,
      Duration retention,
      Resolver resolver,
      Clock clock,
      Outage outage) {
    this(
        jobs,
        store,
        documents,
        declared,
        retention,
        resolver,
        clock,
        outage,
        // A method reference would have all of Jetty's TLS loaded here and now.
        () -> new SslContextFactory.Client());
  }

  WebhookEngine(
      JobStore jobs,
      WebhookStore store,
      JobDocuments documents,
      List<DeclaredEndpoint> declared,
      Duration retention,
      Resolver resolver,
      Clock clock,
      Outage outage,
      Supplier<SslContextFactory.Client> tls) {
    this.store = store;
    this.declared = List.copyOf(declared);
    this.client = new WebhookClient(clock, tls);
    var urls = new UrlGuard(new Lookups(resolver, executor));
    var notice = new Notice(documents);
    var caller = new Caller(urls, client, executor);
    this.dispatcher =
        new DeliveryDispatcher(
            jobs,
            store,
            caller,
            notice,
            new RetrySchedule(() -> ThreadLocalRandom.current().nextDouble()),
            retention,
            clock,
            outage,
            executor);
    this.webhooks = new Webhooks(store, urls, new TestFire(caller, notice, clock), clock);
  }

  public Webhooks webhooks() {
    return webhooks;
  }

  /**
   * Brings the declared endpoints and all seals up to date, and begins to deliver.
   *
   * @throws io.bifrostfilter.store.JobStoreException if the store cannot be reached
   */
  public synchronized void start() {
    webhooks.reconcile(declared);
    store.sealAnew();
    dispatcher.start();
    started = true;
  }

  /** Ends what is being delivered, gives the rest back, and ends every thread. */
  @Override
  public synchronized void close() {
    if (started) {
      dispatcher.stop(STOP_PATIENCE);
    }
    client.close();
    executor.shutdown();
    if (!threads.await(STOP_PATIENCE)) {
      executor.shutdownNow();
      log.warn("A thread that looks a name up is still busy; it ends when it is done.");
    }
  }

  private static ThreadPoolExecutor executor(OwnThreads threads) {
    var executor =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            KEEP_IDLE_THREAD_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            threads);
    executor.allowCoreThreadTimeOut(true);
    return executor;
  }
}

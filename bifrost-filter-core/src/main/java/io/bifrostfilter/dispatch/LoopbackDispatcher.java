package io.bifrostfilter.dispatch;

import io.bifrostfilter.dispatch.OwnServerExchange.Sent;
import io.bifrostfilter.dispatch.PlaybackTarget.Address;
import io.bifrostfilter.job.Bytes;
import io.bifrostfilter.job.Failure;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.job.RecordedRequest;
import io.bifrostfilter.recording.ByteBudget;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.client.ByteBufferRequestContent;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.ProxyAuthenticationProtocolHandler;
import org.eclipse.jetty.client.RedirectProtocolHandler;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.WWWAuthenticationProtocolHandler;
import org.eclipse.jetty.client.transport.HttpClientTransportOverHTTP;
import org.eclipse.jetty.http.HttpCookieStore;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;
import org.jspecify.annotations.Nullable;

/**
 * Plays requests back to the application over HTTP. An exchange holds no thread while the handler
 * thinks: a thread that hears of answers records them, for all exchanges. For many threads.
 *
 * <p>The HTTP client is made and started for the first exchange, since it takes longer than all
 * else of this library together, and many an application starts more often than it is asked for a
 * job.
 */
public final class LoopbackDispatcher implements HandlerDispatcher {

  /**
   * Shorter than any container keeps an idle connection, so that it is this end that closes one: a
   * request on a connection that the other end is closing would be lost.
   */
  private static final Duration KEEP_IDLE_CONNECTION = Duration.ofSeconds(4);

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  private static final int MAX_HEADERS = 256 * 1024;
  private static final int MAX_SLICE = 256 * 1024;
  private static final int MAX_THREADS = 16;
  private static final int MIN_THREADS = 2;

  /** Each is a thread that hears of answers. One records ten thousand small ones a second. */
  private static final int MAX_SELECTORS = 4;

  private static final int CORES_PER_SELECTOR = 4;

  /**
   * An answer is recorded as it is: neither followed elsewhere, nor asked for again with a
   * credential.
   */
  private static final List<String> ACTING_UPON_ANSWERS =
      List.of(
          RedirectProtocolHandler.NAME,
          WWWAuthenticationProtocolHandler.NAME,
          ProxyAuthenticationProtocolHandler.NAME);

  private final PlaybackTarget target;
  private final PlaybackMarkers markers;
  private final Settings settings;
  private final ByteBudget budget;
  private final Object clientLock = new Object();
  private volatile @Nullable Client client;
  private boolean closed;

  private record Client(HttpClient http, RunTimeouts timeouts) {}

  /**
   * @param maxConnections at once; as many as jobs may run
   * @param runTimeout for one exchange, from connecting to the last byte
   * @param maxResponseSize in bytes
   */
  public record Settings(int maxConnections, Duration runTimeout, long maxResponseSize) {}

  /**
   * @param budget for the responses that are on their way at once
   */
  public LoopbackDispatcher(
      PlaybackTarget target, PlaybackMarkers markers, Settings settings, ByteBudget budget) {
    this.target = target;
    this.markers = markers;
    this.settings = settings;
    this.budget = budget;
  }

  @Override
  public boolean isReady() {
    return target.isKnown();
  }

  @Override
  public Exchange dispatch(UUID jobId, RecordedRequest recorded) {
    Optional<Address> address = target.of(recorded.origin());
    if (address.isEmpty()) {
      return new NoExchange(
          new Outcome.Unanswered(
              Failure.HANDLER_UNREACHABLE,
              "This node does not know yet where its application listens."));
    }
    Address to = address.get();
    return target.isDerived()
        ? new OwnServerExchange(
            jobId,
            () -> send(to, jobId, recorded),
            () -> OwnServer.listens(to),
            startedClient().http().getScheduler())
        : send(to, jobId, recorded).exchange();
  }

  private Sent send(Address address, UUID jobId, RecordedRequest recorded) {
    Client client = startedClient();
    String marker = markers.issue(jobId, recorded.caller(), recorded.pathAndQuery());
    Request request = request(client.http(), address, recorded, marker);
    var recording =
        new ResponseRecording(
            jobId, request, settings.runTimeout(), settings.maxResponseSize(), budget);
    client.timeouts().watch(recording);
    request.send(recording);
    return new Sent(
        new RunningExchange(request, recording.outcome()), () -> markers.mayHaveArrived(marker));
  }

  @Override
  public void close() {
    Client started;
    synchronized (clientLock) {
      closed = true;
      started = client;
    }
    if (started == null) {
      return;
    }
    try {
      started.timeouts().destroy();
      started.http().stop();
    } catch (Exception e) {
      throw new IllegalStateException("the HTTP client that plays jobs back did not stop", e);
    }
  }

  private Client startedClient() {
    Client started = client;
    if (started != null) {
      return started;
    }
    synchronized (clientLock) {
      started = client;
      if (started == null) {
        if (closed) {
          throw new IllegalStateException("nothing is played back once the dispatcher is closed");
        }
        HttpClient http = start(client(settings, target.isDerived()));
        started = new Client(http, new RunTimeouts(http.getScheduler()));
        client = started;
      }
      return started;
    }
  }

  private static HttpClient start(HttpClient client) {
    try {
      client.start();
      // Only there once it has started. Those for interim answers stay: without them a 103 is taken
      // for the end.
      ACTING_UPON_ANSWERS.forEach(client.getProtocolHandlers()::remove);
      client.getContentDecoderFactories().clear();
      return client;
    } catch (Exception e) {
      throw new IllegalStateException("the HTTP client that plays jobs back did not start", e);
    }
  }

  private Request request(
      HttpClient client, Address address, RecordedRequest recorded, String marker) {
    // From its parts and not as a URI: parsing one would refuse characters that servers accept.
    Request request =
        client
            .newRequest(address.host(), address.port())
            .scheme(address.secure() ? "https" : "http")
            .method(recorded.method())
            .path(recorded.pathAndQuery())
            // The connection's own limit is for the time between exchanges; the run timeout is
            // all that ends one.
            .idleTimeout(0, TimeUnit.MILLISECONDS)
            .headers(
                fields -> {
                  recorded
                      .headers()
                      .forEach((name, value) -> fields.add(new HttpField(name, value)));
                  fields.put(PlaybackMarkers.HEADER, marker);
                });
    if (!recorded.body().isEmpty()) {
      request.body(new ByteBufferRequestContent((String) null, slices(recorded.body())));
    }
    return request;
  }

  /**
   * The socket copies all that a buffer has left into native memory at each write, and the thread
   * keeps as much of it as the largest of them took.
   */
  private static ByteBuffer[] slices(Bytes body) {
    var slices = new ByteBuffer[(body.size() + MAX_SLICE - 1) / MAX_SLICE];
    for (int i = 0; i < slices.length; i++) {
      int from = i * MAX_SLICE;
      slices[i] = body.slice(from, Math.min(body.size(), from + MAX_SLICE)).asReadOnlyBuffer();
    }
    return slices;
  }

  private static HttpClient client(Settings settings, boolean derivedTarget) {
    var threads = new QueuedThreadPool(MAX_THREADS, MIN_THREADS);
    threads.setName("bifrost-async-client");
    threads.setDaemon(true);
    // The selector and whoever it wakes are enough; reserved threads would wait for nothing.
    threads.setReservedThreads(0);
    var tls = derivedTarget ? OwnServer.tls() : new SslContextFactory.Client();
    var connector = new ClientConnector();
    connector.setSelectors(selectors(Runtime.getRuntime().availableProcessors()));
    connector.setSslContextFactory(tls);
    connector.setExecutor(threads);
    connector.setScheduler(new ScheduledExecutorScheduler("bifrost-async-client-timeouts", true));
    connector.setConnectTimeout(CONNECT_TIMEOUT);
    var transport = new HttpClientTransportOverHTTP(connector);
    answerOnTheSelector(transport);
    var client = new HttpClient(transport);
    client.setName("bifrost-async");
    // What the server took once it shall be sent again, and a little more; the server has its own
    // limits.
    client.setMaxRequestHeadersSize(MAX_HEADERS);
    client.setMaxResponseHeadersSize(MAX_HEADERS);
    client.setFollowRedirects(false);
    client.setUserAgentField(null);
    client.setDefaultRequestContentType(null);
    client.setHttpCookieStore(new HttpCookieStore.Empty());
    client.setMaxConnectionsPerDestination(settings.maxConnections());
    client.setMaxRequestsQueuedPerDestination(settings.maxConnections());
    client.setIdleTimeout(KEEP_IDLE_CONNECTION.toMillis());
    client.setAddressResolutionTimeout(CONNECT_TIMEOUT.toMillis());
    return client;
  }

  private static int selectors(int cores) {
    return Math.max(1, Math.min(MAX_SELECTORS, cores / CORES_PER_SELECTOR));
  }

  /**
   * What is done with an answer does not block, and handing it to another thread would cost more
   * than doing it.
   */
  private static void answerOnTheSelector(HttpClientTransportOverHTTP transport) {
    try {
      transport.setInvocationType(InvocationType.NON_BLOCKING);
    } catch (NoSuchMethodError e) {
      // Jetty 12.0, which asks a thread of the pool.
    }
  }

  private record RunningExchange(Request request, CompletionStage<Outcome> outcome)
      implements Exchange {

    @Override
    public void abort() {
      request.abort(new CancellationException("the job was ended"));
    }
  }

  private record NoExchange(CompletableFuture<Outcome> outcome) implements Exchange {

    NoExchange(Outcome outcome) {
      this(CompletableFuture.completedFuture(outcome));
    }

    @Override
    public void abort() {}
  }
}

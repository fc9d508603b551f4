package io.bifrostfilter.dispatch;

import io.bifrostfilter.client.PlainHttpClient;
import io.bifrostfilter.dispatch.OwnServerExchange.Sent;
import io.bifrostfilter.dispatch.PlaybackTarget.Address;
import io.bifrostfilter.job.Bytes;
import io.bifrostfilter.job.Failure;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.job.RecordedRequest;
import io.bifrostfilter.lazy.OnFirstUse;
import io.bifrostfilter.recording.ByteBudget;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.client.ByteBufferRequestContent;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/**
 * Plays requests back to the application over HTTP. An exchange holds no thread while the handler
 * thinks: a thread that hears of answers records them, for all exchanges. For many threads.
 *
 * <p>The HTTP client is made and started for the first exchange, since it takes longer than all
 * else of this library together, and many an application starts more often than it is asked for a
 * job.
 */
public final class LoopbackDispatcher implements HandlerDispatcher {

  private static final String CLIENT = "bifrost-async-client";
  private static final int MAX_HEADERS = 256 * 1024;
  private static final int MAX_SLICE = 256 * 1024;
  private static final int MAX_THREADS = 16;

  /** Each is a thread that hears of answers. One records ten thousand small ones a second. */
  private static final int MAX_SELECTORS = 4;

  private static final int CORES_PER_SELECTOR = 4;

  private final PlaybackTarget target;
  private final PlaybackMarkers markers;
  private final Settings settings;
  private final ByteBudget budget;
  private final OnFirstUse<Client> client = new OnFirstUse<>(this::startClient);
  private volatile boolean stopping;

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
  public void look() {
    target.look();
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
            () -> stopping,
            client.get().http().getScheduler())
        : send(to, jobId, recorded).exchange();
  }

  private Sent send(Address address, UUID jobId, RecordedRequest recorded) {
    Client started = client.get();
    String marker = markers.issue(jobId, recorded.caller(), recorded.pathAndQuery());
    Request request = request(started.http(), address, recorded, marker);
    var recording =
        new ResponseRecording(
            jobId, request, settings.runTimeout(), settings.maxResponseSize(), budget);
    started.timeouts().watch(recording);
    request.send(recording);
    return new Sent(
        new RunningExchange(request, recording.outcome()), () -> markers.mayHaveArrived(marker));
  }

  @Override
  public void stopping() {
    stopping = true;
  }

  @Override
  public void close() {
    client
        .close()
        .ifPresent(
            started -> {
              started.timeouts().destroy();
              PlainHttpClient.stop(started.http());
            });
  }

  private Client startClient() {
    var clientSettings =
        new PlainHttpClient.Settings(
            CLIENT,
            MAX_THREADS,
            settings.maxConnections(),
            selectors(Runtime.getRuntime().availableProcessors()),
            true);
    HttpClient http =
        PlainHttpClient.started(
            clientSettings,
            target.isDerived() ? OwnServer.tls() : new SslContextFactory.Client(),
            LoopbackDispatcher::prepare);
    return new Client(http, new RunTimeouts(http.getScheduler()));
  }

  private static void prepare(HttpClient client) {
    // What the server took once it shall be sent again, and a little more; the server has its own
    // limits.
    client.setMaxRequestHeadersSize(MAX_HEADERS);
    client.setMaxResponseHeadersSize(MAX_HEADERS);
    client.setDefaultRequestContentType(null);
    client.setAddressResolutionTimeout(PlainHttpClient.CONNECT_TIMEOUT.toMillis());
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

  private static int selectors(int cores) {
    return Math.max(1, Math.min(MAX_SELECTORS, cores / CORES_PER_SELECTOR));
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

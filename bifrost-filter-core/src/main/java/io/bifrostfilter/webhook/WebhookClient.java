package io.bifrostfilter.webhook;

import io.bifrostfilter.delivery.Endpoint;
import io.bifrostfilter.job.Bytes;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.eclipse.jetty.client.ByteBufferRequestContent;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.ProxyAuthenticationProtocolHandler;
import org.eclipse.jetty.client.RedirectProtocolHandler;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.WWWAuthenticationProtocolHandler;
import org.eclipse.jetty.client.transport.HttpClientTransportOverHTTP;
import org.eclipse.jetty.http.HttpCookieStore;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;
import org.jspecify.annotations.Nullable;

/**
 * Calls receivers. A call holds no thread while the receiver thinks: one small pool serves them
 * all. It is made for the first call, since most applications are never asked for one. For many
 * threads.
 */
final class WebhookClient implements AutoCloseable {

  /** Receivers close idle connections whenever they like; an old one is more likely closed. */
  private static final Duration KEEP_IDLE_CONNECTION = Duration.ofSeconds(4);

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  private static final int MAX_CONNECTIONS_PER_RECEIVER = 1024;
  private static final int MAX_THREADS = 8;
  private static final int MIN_THREADS = 2;
  private static final String USER_AGENT = "bifrost-filter-webhooks/1";

  /** An answer is taken as it is, and above all not followed elsewhere. */
  private static final List<String> ACTING_UPON_ANSWERS =
      List.of(
          RedirectProtocolHandler.NAME,
          WWWAuthenticationProtocolHandler.NAME,
          ProxyAuthenticationProtocolHandler.NAME);

  private final Clock clock;
  private final Supplier<SslContextFactory.Client> tls;
  private final Object clientLock = new Object();
  private volatile @Nullable HttpClient client;
  private boolean closed;

  /**
   * @param tls verifies certificates and host names as it is configured; by default, as a browser
   *     does
   */
  WebhookClient(Clock clock, Supplier<SslContextFactory.Client> tls) {
    this.clock = clock;
    this.tls = tls;
  }

  /**
   * Posts a notice to a receiver.
   *
   * @param address that was checked, and is connected to
   * @param timeout for all of it
   * @return what came of it; never fails
   * @throws IllegalStateException if this is closed
   */
  CompletionStage<Answer> post(
      Endpoint endpoint,
      InetAddress address,
      String event,
      String webhookId,
      Bytes body,
      Duration timeout) {
    HttpClient started = startedClient();
    URI url = endpoint.settings().url();
    boolean secure = url.getScheme().toLowerCase(Locale.ROOT).equals("https");
    int port = url.getPort() >= 0 ? url.getPort() : secure ? 443 : 80;
    Instant now = clock.instant();
    String signature = SigningSecret.parse(endpoint.secret()).sign(webhookId, now, body);
    Request request =
        started
            .newRequest(url.getHost(), port)
            .scheme(secure ? "https" : "http")
            .transport(new CheckedAddress(endpoint.id(), socketAddress(url, address, port)))
            .method(HttpMethod.POST)
            .path(pathAndQuery(url))
            // The connection's own limit is for the time between exchanges.
            .idleTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
            .body(new ByteBufferRequestContent("application/json", body.asReadOnlyBuffer()))
            .headers(
                fields -> {
                  endpoint.settings().headers().forEach(fields::add);
                  fields.put(HttpHeader.USER_AGENT, USER_AGENT);
                  fields.put("webhook-id", webhookId);
                  fields.put("webhook-timestamp", Long.toString(now.getEpochSecond()));
                  fields.put("webhook-signature", signature);
                  fields.put("x-bifrost-event", event);
                });
    var receipt = new Receipt(clock);
    receipt.endAfter(timeout, request, started.getScheduler());
    request.send(receipt);
    return receipt.answer();
  }

  @Override
  public void close() {
    HttpClient started;
    synchronized (clientLock) {
      closed = true;
      started = client;
    }
    if (started == null) {
      return;
    }
    try {
      started.stop();
    } catch (Exception e) {
      throw new IllegalStateException("the HTTP client for webhooks did not stop", e);
    }
  }

  private HttpClient startedClient() {
    HttpClient started = client;
    if (started != null) {
      return started;
    }
    synchronized (clientLock) {
      started = client;
      if (started == null) {
        if (closed) {
          throw new IllegalStateException("nothing is delivered once the client is closed");
        }
        started = start(client(tls.get()));
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
      throw new IllegalStateException("the HTTP client for webhooks did not start", e);
    }
  }

  /**
   * The address under the name that the URL has, which is what the client asks a certificate for:
   * an address may bring another name along, or none.
   */
  private static InetSocketAddress socketAddress(URI url, InetAddress address, int port) {
    try {
      return new InetSocketAddress(
          InetAddress.getByAddress(url.getHost(), address.getAddress()), port);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("an address has four or sixteen bytes", e);
    }
  }

  /** What is not ASCII is in UTF-8, and escaped. */
  private static String pathAndQuery(URI url) {
    URI ascii = URI.create(url.toASCIIString());
    String path = ascii.getRawPath();
    String start = path == null || path.isEmpty() ? "/" : path;
    return ascii.getRawQuery() == null ? start : start + '?' + ascii.getRawQuery();
  }

  private static HttpClient client(SslContextFactory.Client tls) {
    var threads = new QueuedThreadPool(MAX_THREADS, MIN_THREADS);
    threads.setName("bifrost-async-webhook-client");
    threads.setDaemon(true);
    // The selector and whoever it wakes are enough; reserved threads would wait for nothing.
    threads.setReservedThreads(0);
    var connector = new ClientConnector();
    connector.setSelectors(1);
    connector.setSslContextFactory(tls);
    connector.setExecutor(threads);
    connector.setScheduler(
        new ScheduledExecutorScheduler("bifrost-async-webhook-client-timeouts", true));
    connector.setConnectTimeout(CONNECT_TIMEOUT);
    var client = new HttpClient(new HttpClientTransportOverHTTP(connector));
    client.setName("bifrost-async-webhooks");
    client.setFollowRedirects(false);
    client.setUserAgentField(null);
    client.setHttpCookieStore(new HttpCookieStore.Empty());
    client.setMaxConnectionsPerDestination(MAX_CONNECTIONS_PER_RECEIVER);
    client.setMaxRequestsQueuedPerDestination(MAX_CONNECTIONS_PER_RECEIVER);
    client.setIdleTimeout(KEEP_IDLE_CONNECTION.toMillis());
    // There is one per endpoint and address, and addresses come and go.
    client.setDestinationIdleTimeout(KEEP_IDLE_CONNECTION.multipliedBy(4).toMillis());
    return client;
  }
}

package io.bifrostfilter.webhook;

import io.bifrostfilter.client.PlainHttpClient;
import io.bifrostfilter.delivery.Endpoint;
import io.bifrostfilter.job.Bytes;
import io.bifrostfilter.lazy.OnFirstUse;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.eclipse.jetty.client.ByteBufferRequestContent;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/**
 * Calls receivers. A call holds no thread while the receiver thinks: one small pool serves them
 * all. It is made for the first call, since most applications are never asked for one. For many
 * threads.
 */
final class WebhookClient implements AutoCloseable {

  private static final String CLIENT = "bifrost-async-webhook-client";
  private static final int MAX_CONNECTIONS_PER_RECEIVER = 1024;
  private static final int MAX_THREADS = 8;
  private static final String USER_AGENT = "bifrost-filter-webhooks/1";

  private final Clock clock;
  private final OnFirstUse<HttpClient> client;

  /**
   * @param tls verifies certificates and host names as it is configured; by default, as a browser
   *     does
   */
  WebhookClient(Clock clock, Supplier<SslContextFactory.Client> tls) {
    this.clock = clock;
    this.client = new OnFirstUse<>(() -> start(tls.get()));
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
    HttpClient started = client.get();
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
    client.close().ifPresent(PlainHttpClient::stop);
  }

  private static HttpClient start(SslContextFactory.Client tls) {
    return PlainHttpClient.started(
        new PlainHttpClient.Settings(CLIENT, MAX_THREADS, MAX_CONNECTIONS_PER_RECEIVER, 1, false),
        tls,
        // There is one per endpoint and address, and addresses come and go.
        client ->
            client.setDestinationIdleTimeout(
                PlainHttpClient.KEEP_IDLE_CONNECTION.multipliedBy(4).toMillis()));
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
}

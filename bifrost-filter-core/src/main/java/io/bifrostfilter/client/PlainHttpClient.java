package io.bifrostfilter.client;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.ProxyAuthenticationProtocolHandler;
import org.eclipse.jetty.client.RedirectProtocolHandler;
import org.eclipse.jetty.client.WWWAuthenticationProtocolHandler;
import org.eclipse.jetty.client.transport.HttpClientTransportOverHTTP;
import org.eclipse.jetty.http.HttpCookieStore;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.util.thread.ScheduledExecutorScheduler;

/**
 * Makes clients of Jetty's that take an answer as it is: it is neither followed elsewhere, nor
 * asked for again with a credential, nor decoded, and its cookies are forgotten. A request holds no
 * thread while the other end thinks: one small pool serves them all.
 */
public final class PlainHttpClient {

  public static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

  /**
   * Shorter than servers keep an idle connection, so that it is this end that closes one: a request
   * on a connection that the other end is closing would be lost.
   */
  public static final Duration KEEP_IDLE_CONNECTION = Duration.ofSeconds(4);

  private static final int MIN_THREADS = 2;
  private static final List<String> ACTING_UPON_ANSWERS =
      List.of(
          RedirectProtocolHandler.NAME,
          WWWAuthenticationProtocolHandler.NAME,
          ProxyAuthenticationProtocolHandler.NAME);

  private PlainHttpClient() {}

  /**
   * @param name of its threads
   * @param maxConnections to one destination, and requests that wait for one
   * @param selectors each is a thread that hears of answers
   * @param neverBlocks whether nothing blocks that is done with an answer, so that the thread that
   *     hears of it may do it: handing it to another would cost more
   */
  public record Settings(
      String name, int maxThreads, int maxConnections, int selectors, boolean neverBlocks) {}

  /**
   * @param more is done to the client before it starts
   * @throws IllegalStateException if it does not start
   */
  public static HttpClient started(
      Settings settings, SslContextFactory.Client tls, Consumer<HttpClient> more) {
    HttpClient client = client(settings, tls);
    more.accept(client);
    try {
      client.start();
      // Only there once it has started. Those for interim answers stay: without them a 103 is taken
      // for the end.
      ACTING_UPON_ANSWERS.forEach(client.getProtocolHandlers()::remove);
      client.getContentDecoderFactories().clear();
      return client;
    } catch (Exception e) {
      throw new IllegalStateException("the HTTP client " + settings.name() + " did not start", e);
    }
  }

  /**
   * @throws IllegalStateException if it does not stop
   */
  public static void stop(HttpClient client) {
    try {
      client.stop();
    } catch (Exception e) {
      throw new IllegalStateException("the HTTP client " + client.getName() + " did not stop", e);
    }
  }

  private static HttpClient client(Settings settings, SslContextFactory.Client tls) {
    var threads = new QueuedThreadPool(settings.maxThreads(), MIN_THREADS);
    threads.setName(settings.name());
    threads.setDaemon(true);
    // The selector and whoever it wakes are enough; reserved threads would wait for nothing.
    threads.setReservedThreads(0);
    var connector = new ClientConnector();
    connector.setSelectors(settings.selectors());
    connector.setSslContextFactory(tls);
    connector.setExecutor(threads);
    connector.setScheduler(new ScheduledExecutorScheduler(settings.name() + "-timeouts", true));
    connector.setConnectTimeout(CONNECT_TIMEOUT);
    var transport = new ForgettingTransport(connector);
    if (settings.neverBlocks()) {
      answerOnTheSelector(transport);
    }
    var client = new HttpClient(transport);
    client.setName(settings.name());
    client.setFollowRedirects(false);
    client.setUserAgentField(null);
    client.setHttpCookieStore(new HttpCookieStore.Empty());
    client.setMaxConnectionsPerDestination(settings.maxConnections());
    client.setMaxRequestsQueuedPerDestination(settings.maxConnections());
    client.setIdleTimeout(KEEP_IDLE_CONNECTION.toMillis());
    return client;
  }

  private static void answerOnTheSelector(HttpClientTransportOverHTTP transport) {
    try {
      transport.setInvocationType(InvocationType.NON_BLOCKING);
    } catch (NoSuchMethodError e) {
      // Jetty 12.0, which asks a thread of the pool.
    }
  }
}

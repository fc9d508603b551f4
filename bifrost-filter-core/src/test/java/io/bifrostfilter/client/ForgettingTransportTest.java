package io.bifrostfilter.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.client.CompletableResponseListener;
import org.eclipse.jetty.client.ContentResponse;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.SocketAddressResolver;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ForgettingTransportTest {

  private static final int COLLECTIONS = 20;

  private final CountDownLatch arrived = new CountDownLatch(1);
  private final CountDownLatch answers = new CountDownLatch(1);
  private HttpServer server;

  @BeforeEach
  void start() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          arrived.countDown();
          awaited(answers);
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    answers.countDown();
    server.stop(0);
  }

  @Test
  void aConnectionKeepsNothingOfWhatItWasOpenedWith() throws Exception {
    var addresses = new Addresses(server.getAddress());
    HttpClient client = started(addresses);
    try {
      CompletableFuture<ContentResponse> response =
          new CompletableResponseListener(client.newRequest("http://server.test/")).send();
      assertThat(awaited(arrived)).isTrue();

      for (int i = 0; i < COLLECTIONS && !addresses.areForgotten(); i++) {
        System.gc();
      }

      assertThat(addresses.areForgotten()).isTrue();
      answers.countDown();
      assertThat(response.get(20, TimeUnit.SECONDS).getStatus()).isEqualTo(204);
    } finally {
      PlainHttpClient.stop(client);
    }
  }

  @Test
  void theNextAddressIsTriedWhereNobodyListens() throws Exception {
    answers.countDown();
    var addresses = new Addresses(nobodyListens(), server.getAddress());
    HttpClient client = started(addresses);
    try {
      ContentResponse response = client.GET("http://server.test/");

      assertThat(response.getStatus()).isEqualTo(204);
    } finally {
      PlainHttpClient.stop(client);
    }
  }

  /** Gives these whatever is asked for, and remembers weakly what they are to be opened with. */
  private static final class Addresses implements SocketAddressResolver {

    private final List<InetSocketAddress> all;
    private volatile WeakReference<Map<String, Object>> context = new WeakReference<>(null);

    Addresses(InetSocketAddress... all) {
      this.all = List.of(all);
    }

    @Override
    public void resolve(
        String host,
        int port,
        Map<String, Object> context,
        Promise<List<InetSocketAddress>> promise) {
      this.context = new WeakReference<>(context);
      promise.succeeded(all);
    }

    boolean areForgotten() {
      return context.get() == null;
    }
  }

  private static HttpClient started(SocketAddressResolver addresses) {
    return PlainHttpClient.started(
        new PlainHttpClient.Settings("test-client", 4, 4, 1, true),
        new SslContextFactory.Client(),
        client -> client.setSocketAddressResolver(addresses));
  }

  private static InetSocketAddress nobodyListens() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return (InetSocketAddress) socket.getLocalSocketAddress();
    }
  }

  private static boolean awaited(CountDownLatch latch) {
    try {
      return latch.await(20, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}

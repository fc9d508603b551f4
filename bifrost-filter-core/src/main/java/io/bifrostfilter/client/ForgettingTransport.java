package io.bifrostfilter.client;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.eclipse.jetty.client.transport.HttpClientTransportOverHTTP;
import org.eclipse.jetty.io.ClientConnector;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.util.Promise;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/1.1 on connections that let go of what they were opened with. Jetty's hold on to whom they
 * told that they are open, and through that to all that it took to open them: 650 bytes of each,
 * for as long as it lives. For many threads.
 */
final class ForgettingTransport extends HttpClientTransportOverHTTP {

  ForgettingTransport(ClientConnector connector) {
    super(connector);
  }

  @Override
  public Connection newConnection(EndPoint endPoint, Map<String, Object> context)
      throws IOException {
    // By their type, since Jetty 12.0 and 12.1 have other names for the one that the connection
    // keeps.
    context.replaceAll(
        (name, value) -> value instanceof Promise<?> promise ? new Forgetting<>(promise) : value);
    return super.newConnection(endPoint, context);
  }

  /** Tells another promise, once, and forgets it. */
  private static final class Forgetting<C> implements Promise<C> {

    private final AtomicReference<@Nullable Promise<C>> told;

    Forgetting(Promise<C> told) {
      this.told = new AtomicReference<>(told);
    }

    @Override
    public void succeeded(C result) {
      Promise<C> told = this.told.getAndSet(null);
      if (told != null) {
        told.succeeded(result);
      }
    }

    @Override
    public void failed(Throwable failure) {
      Promise<C> told = this.told.getAndSet(null);
      if (told != null) {
        told.failed(failure);
      }
    }
  }
}

package io.bifrostfilter.dispatch;

import io.bifrostfilter.dispatch.PlaybackTarget.Address;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/**
 * TLS to the server that we run in ourselves, at an address of this machine that a request came in
 * on. Its certificate is for its public name, or self-signed, and has nothing to prove to us. Never
 * used for any other address.
 */
final class OwnServer {

  private static final int CONNECT_TIMEOUT_MILLIS = 1_000;

  private OwnServer() {}

  /** Whether anybody accepts connections there. Takes no longer than a local connection does. */
  static boolean listens(Address address) {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(address.host(), address.port()), CONNECT_TIMEOUT_MILLIS);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  static SslContextFactory.Client tls() {
    var tls =
        new SslContextFactory.Client() {

          /** It would warn, at every start, of what is done here on purpose. */
          @Override
          protected void checkEndPointIdentificationAlgorithm() {}
        };
    tls.setSslContext(trustingContext());
    tls.setEndpointIdentificationAlgorithm(null);
    return tls;
  }

  private static SSLContext trustingContext() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new TrustsWhoeverAnswers()}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has TLS", e);
    }
  }

  private static final class TrustsWhoeverAnswers extends X509ExtendedTrustManager {

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}

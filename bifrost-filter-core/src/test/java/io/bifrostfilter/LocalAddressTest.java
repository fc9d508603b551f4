package io.bifrostfilter;

import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.testing.Handler;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.EnumSet;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The playback finds the way back to wherever the submit came in, with nothing configured. */
class LocalAddressTest {

  private static final Handler SAYS_HOW =
      (request, response) -> {
        response.setContentType("application/json");
        response
            .getWriter()
            .print("\"" + request.getScheme() + " " + request.getServerName() + "\"");
      };

  @Test
  void overTlsWithACertificateThatNobodyTrusts(@TempDir Path directory) throws Exception {
    Path keystore = directory.resolve("self-signed.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "self",
                "-keyalg",
                "EC",
                "-storetype",
                "PKCS12",
                "-keystore",
                keystore.toString(),
                "-storepass",
                "changeit",
                "-dname",
                "CN=localhost",
                "-ext",
                "san=dns:localhost")
            .inheritIO()
            .start();
    assertThat(keytool.waitFor()).isZero();
    var tls = new SslContextFactory.Server();
    tls.setKeyStorePath(keystore.toString());
    tls.setKeyStorePassword("changeit");
    var http = new HttpConfiguration();
    http.addCustomizer(new SecureRequestCustomizer());

    var server = new Server();
    var connector =
        new ServerConnector(
            server, new SslConnectionFactory(tls, "http/1.1"), new HttpConnectionFactory(http));
    server.addConnector(connector);
    try (var jobs = start(server)) {
      var client = HttpClient.newBuilder().sslContext(trusting(keystore)).build();
      assertThat(submitAndWait(client, URI.create("https://localhost:" + connector.getLocalPort())))
          .isEqualTo("\"https localhost\"");
    } finally {
      server.stop();
    }
  }

  @Test
  void overIpv6() throws Exception {
    Assumptions.assumeTrue(hasIpv6Loopback(), "this machine has no IPv6");
    var server = new Server();
    var connector = new ServerConnector(server);
    connector.setHost("::1");
    server.addConnector(connector);
    try (var jobs = start(server)) {
      assertThat(
              submitAndWait(
                  HttpClient.newHttpClient(),
                  URI.create("http://[::1]:" + connector.getLocalPort())))
          .isEqualTo("\"http [::1]\"");
    } finally {
      server.stop();
    }
  }

  @Test
  void throughAConnectorThatListensEverywhere() throws Exception {
    var server = new Server();
    var connector = new ServerConnector(server);
    server.addConnector(connector);
    try (var jobs = start(server)) {
      assertThat(
              submitAndWait(
                  HttpClient.newHttpClient(),
                  URI.create("http://127.0.0.1:" + connector.getLocalPort())))
          .isEqualTo("\"http 127.0.0.1\"");
    } finally {
      server.stop();
    }
  }

  private static AsyncJobs start(Server server) throws Exception {
    var jobs = AsyncJobs.builder().build();
    var context = new ServletContextHandler("/");
    var filter = new FilterHolder(jobs.filter());
    filter.setAsyncSupported(true);
    context.addFilter(filter, "/*", EnumSet.of(DispatcherType.REQUEST));
    context.addServlet(
        new ServletHolder(
            new HttpServlet() {
              private static final long serialVersionUID = 1L;

              @Override
              protected void service(HttpServletRequest request, HttpServletResponse response)
                  throws ServletException, IOException {
                SAYS_HOW.handle(request, response);
              }
            }),
        "/*");
    server.setHandler(context);
    server.start();
    return jobs;
  }

  private static String submitAndWait(HttpClient client, URI base) throws Exception {
    var submit =
        HttpRequest.newBuilder(base.resolve("/any"))
            .header("Prefer", "respond-async, wait=20")
            .POST(HttpRequest.BodyPublishers.ofString("{}"))
            .build();
    return client.send(submit, HttpResponse.BodyHandlers.ofString()).body();
  }

  private static SSLContext trusting(Path keystore) throws Exception {
    KeyStore keys = KeyStore.getInstance(keystore.toFile(), "changeit".toCharArray());
    KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
    trusted.load(null);
    trusted.setCertificateEntry("self", (X509Certificate) keys.getCertificate("self"));
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }

  private static boolean hasIpv6Loopback() throws SocketException, IOException {
    return NetworkInterface.getByInetAddress(InetAddress.getByName("::1")) != null;
  }
}

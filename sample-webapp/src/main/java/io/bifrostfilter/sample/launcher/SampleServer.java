package io.bifrostfilter.sample.launcher;

import io.bifrostfilter.sample.UpstreamSettings;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URL;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.eclipse.jetty.ee10.webapp.Configuration;
import org.eclipse.jetty.ee10.webapp.WebAppContext;
import org.eclipse.jetty.ee10.webapp.WebXmlConfiguration;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.resource.ResourceFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * Runs the web app in this process: what {@code java -jar sample-webapp.war} starts. In a container
 * that the WAR is deployed to, this class is never loaded.
 *
 * <p>The app shares the launcher's class loader, so nothing is unpacked, and Jetty reads {@code
 * web.xml} and the static files straight from the WAR.
 */
public final class SampleServer {
  private static final int DEFAULT_PORT = 8080;
  private static final int MAX_THREADS = 200;
  private static final long STOP_TIMEOUT_MILLIS = 5_000;

  private SampleServer() {}

  /** Starts the WAR that this JVM was started with; exits with 1 and one line if that fails. */
  public static void main(String[] args) throws InterruptedException {
    try {
      var port = port(System.getenv("PORT"));
      var upstream = UpstreamSettings.read(name -> null);
      // With -jar, the class path is the WAR.
      var server = create(port, Path.of(System.getProperty("java.class.path")), "/", Map.of());
      server.setStopAtShutdown(true);
      start(server);
      callAsync(server.getURI().getPort());
      System.out.printf(
          "Sample LLM proxy: http://localhost:%d (%s)%n",
          server.getURI().getPort(),
          upstream.map(to -> "forwards to " + to).orElse("embedded engine"));
      server.join();
    } catch (IllegalArgumentException | IllegalStateException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  private static int port(String value) {
    var text = Optional.ofNullable(value).orElse("").strip();
    if (text.isEmpty()) {
      return DEFAULT_PORT;
    }
    if (text.matches("\\d{1,5}") && Integer.parseInt(text) <= 65_535) {
      return Integer.parseInt(text);
    }
    throw new IllegalArgumentException(
        "PORT must be a number from 0 (any free port) to 65535, but is: " + value);
  }

  private static void start(Server server) {
    var connector = (ServerConnector) server.getConnectors()[0];
    try {
      // Before the app starts, so that a port in use is told from an app that fails.
      connector.open();
    } catch (IOException e) {
      throw new IllegalStateException(
          "Port %1$d cannot be opened (%2$s). Choose another: PORT=%3$d java -jar …"
              .formatted(connector.getPort(), reason(e), connector.getPort() + 1),
          e);
    }
    try {
      server.start();
    } catch (Exception e) {
      throw new IllegalStateException("The sample cannot start: " + reason(e), e);
    }
  }

  /**
   * The filter learns from a request where the server listens, and jobs that wait in a durable
   * store run from then on. This is the first; what it is answered does not matter.
   */
  private static void callAsync(int port) {
    try {
      var connection =
          (HttpURLConnection)
              new URL("http", "localhost", port, "/v1/async").openConnection(Proxy.NO_PROXY);
      connection.setConnectTimeout((int) STOP_TIMEOUT_MILLIS);
      connection.setReadTimeout((int) STOP_TIMEOUT_MILLIS);
      connection.getResponseCode();
      connection.disconnect();
    } catch (IOException e) {
      System.err.println("Jobs that wait will run after the first request: " + reason(e));
    }
  }

  private static String reason(Exception e) {
    var cause = e.getCause() == null ? e : e.getCause();
    return String.valueOf(cause.getMessage());
  }

  /**
   * A server, not started yet, for the web app.
   *
   * @param port 0 for any free port
   * @param webRoot the WAR, or the directory with its content
   * @param parameters context parameters, over those of {@code web.xml}
   */
  static Server create(int port, Path webRoot, String contextPath, Map<String, String> parameters) {
    var threads = new QueuedThreadPool(MAX_THREADS);
    threads.setName("sample-http");
    var server = new Server(threads);
    var http = new HttpConfiguration();
    http.setSendServerVersion(false);
    // The SDKs write a model's name with a slash in it so: /v1/models/openai%2Fbifrost-sample.
    http.setUriCompliance(
        UriCompliance.DEFAULT.with("sample", UriCompliance.Violation.AMBIGUOUS_PATH_SEPARATOR));
    var connector = new ServerConnector(server, new HttpConnectionFactory(http));
    connector.setPort(port);
    server.addConnector(connector);
    server.setHandler(new GracefulHandler(webApp(server, webRoot, contextPath, parameters)));
    server.setStopTimeout(STOP_TIMEOUT_MILLIS);
    return server;
  }

  private static WebAppContext webApp(
      Server server, Path webRoot, String contextPath, Map<String, String> parameters) {
    var app = new OneLoaderWebApp();
    var resources = ResourceFactory.of(server);
    app.setBaseResource(
        webRoot.toFile().isDirectory()
            ? resources.newResource(webRoot)
            : resources.newJarFileResource(webRoot.toUri()));
    app.setContextPath(contextPath);
    app.getServletHandler().setDecodeAmbiguousURIs(true);
    // No scanning: web.xml says it all.
    app.setConfigurations(new Configuration[] {new WebXmlConfiguration()});
    // The loader's classes lie at the WAR's root.
    app.setProtectedTargets(new String[] {"/WEB-INF", "/META-INF", "/org"});
    app.setInitParameter("org.eclipse.jetty.servlet.Default.dirAllowed", "false");
    // A sample that cannot start says so, rather than answering 503.
    app.setThrowUnavailableOnStartupException(true);
    parameters.forEach(app::setInitParameter);
    return app;
  }

  /** A web app that shares the server's class loader: both come from the one WAR. */
  private static final class OneLoaderWebApp extends WebAppContext {
    OneLoaderWebApp() {
      setClassLoader(SampleServer.class.getClassLoader());
    }

    @Override
    protected ClassLoader configureClassLoader(ClassLoader loader) {
      return loader;
    }
  }
}

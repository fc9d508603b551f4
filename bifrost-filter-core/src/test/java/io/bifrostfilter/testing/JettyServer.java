package io.bifrostfilter.testing;

import jakarta.servlet.ServletContainerInitializer;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.server.handler.ContextHandler;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.jspecify.annotations.Nullable;

/** Jetty 12, with the edition of Jakarta EE that is on the class path. */
final class JettyServer implements EmbeddedServer {

  private final String edition;
  private final Class<?> contextType;

  JettyServer() throws ClassNotFoundException {
    Class<?> type;
    String found = "ee11";
    try {
      type = contextType(found);
    } catch (ClassNotFoundException e) {
      found = "ee10";
      type = contextType(found);
    }
    edition = found;
    contextType = type;
  }

  @Override
  public String name() {
    return "Jetty " + version() + " " + edition;
  }

  @Override
  public String version() {
    return Server.getVersion();
  }

  @Override
  public Running start(WebApp app, Set<Protocol> protocols, @Nullable SelfSigned certificate)
      throws Exception {
    var server = new Server();
    Map<Protocol, ServerConnector> connectors = new EnumMap<>(Protocol.class);
    for (Protocol protocol : protocols) {
      var connector =
          protocol.isSecure() ? secure(server, certificate) : new ServerConnector(server);
      connector.setHost(protocol.address());
      server.addConnector(connector);
      connectors.put(protocol, connector);
    }
    ContextHandler context = context(app);
    server.setHandler(context);
    server.start();
    Map<Protocol, Integer> ports = new EnumMap<>(Protocol.class);
    connectors.forEach((protocol, connector) -> ports.put(protocol, connector.getLocalPort()));
    return new Running(ports, context::stop, server::stop);
  }

  private static ServerConnector secure(Server server, SelfSigned certificate) {
    var tls = new SslContextFactory.Server();
    tls.setKeyStorePath(certificate.keystore().toString());
    tls.setKeyStorePassword(SelfSigned.PASSWORD);
    var http = new HttpConfiguration();
    http.addCustomizer(new SecureRequestCustomizer());
    return new ServerConnector(
        server, new SslConnectionFactory(tls, "http/1.1"), new HttpConnectionFactory(http));
  }

  private static Class<?> contextType(String edition) throws ClassNotFoundException {
    return Class.forName("org.eclipse.jetty." + edition + ".servlet.ServletContextHandler");
  }

  /** By reflection: the editions differ in nothing here but the name of the package. */
  private ContextHandler context(WebApp app) throws ReflectiveOperationException {
    String path = app.contextPath().isEmpty() ? "/" : app.contextPath();
    Object context = contextType.getConstructor(String.class).newInstance(path);
    contextType
        .getMethod("addServletContainerInitializer", ServletContainerInitializer.class)
        .invoke(context, app);
    return (ContextHandler) context;
  }
}

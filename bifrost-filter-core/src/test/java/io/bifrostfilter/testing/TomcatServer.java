package io.bifrostfilter.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import org.apache.catalina.Context;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.catalina.util.ServerInfo;
import org.apache.tomcat.util.net.SSLHostConfig;
import org.apache.tomcat.util.net.SSLHostConfigCertificate;
import org.jspecify.annotations.Nullable;

/** Tomcat 10.1 and 11. */
final class TomcatServer implements EmbeddedServer {

  @Override
  public String name() {
    return "Tomcat " + version();
  }

  @Override
  public String version() {
    return ServerInfo.getServerInfo().replace("Apache Tomcat/", "");
  }

  @Override
  public Running start(WebApp app, Set<Protocol> protocols, @Nullable SelfSigned certificate)
      throws Exception {
    Path base = Files.createTempDirectory("tomcat");
    var tomcat = new Tomcat();
    tomcat.setBaseDir(base.toString());
    Map<Protocol, Connector> connectors = new EnumMap<>(Protocol.class);
    for (Protocol protocol : protocols) {
      var connector = new Connector();
      connector.setPort(0);
      connector.setProperty("address", protocol.address());
      if (protocol.isSecure()) {
        secure(connector, certificate);
      }
      tomcat.getService().addConnector(connector);
      connectors.put(protocol, connector);
    }
    Context context = tomcat.addContext(app.contextPath(), base.toString());
    context.addServletContainerInitializer(app, Set.of());
    tomcat.start();
    Map<Protocol, Integer> ports = new EnumMap<>(Protocol.class);
    connectors.forEach((protocol, connector) -> ports.put(protocol, connector.getLocalPort()));
    return new Running(
        ports,
        context::stop,
        () -> {
          tomcat.stop();
          tomcat.destroy();
          deleteAll(base);
        });
  }

  private static void secure(Connector connector, SelfSigned certificate) {
    var host = new SSLHostConfig();
    var key = new SSLHostConfigCertificate(host, SSLHostConfigCertificate.Type.UNDEFINED);
    key.setCertificateKeystoreFile(certificate.keystore().toString());
    key.setCertificateKeystorePassword(SelfSigned.PASSWORD);
    host.addCertificate(key);
    connector.setScheme("https");
    connector.setSecure(true);
    connector.setProperty("SSLEnabled", "true");
    connector.addSslHostConfig(host);
  }

  private static void deleteAll(Path root) {
    try (var paths = Files.walk(root)) {
      Deque<Path> deepestFirst = new ArrayDeque<>();
      paths.forEach(deepestFirst::push);
      for (Path path : deepestFirst) {
        Files.delete(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

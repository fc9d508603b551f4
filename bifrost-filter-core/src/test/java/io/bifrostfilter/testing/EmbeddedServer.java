package io.bifrostfilter.testing;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Starts applications on one make of server. Those who implement it are loaded by name, and only
 * when their server is on the class path: no other class may refer to them.
 */
public interface EmbeddedServer {

  /** The servers on the class path. */
  static List<EmbeddedServer> onTheClassPath() {
    return Make.ALL.stream().filter(Make::isOnTheClassPath).map(Make::load).toList();
  }

  /** What is on the class path: the make and the exact version, and the edition where it has. */
  String name();

  /** As in {@link jakarta.servlet.ServletContext#getServerInfo}. */
  String version();

  /**
   * Starts on a free port for each of the protocols.
   *
   * @param certificate for those that are secure
   */
  Running start(WebApp app, Set<Protocol> protocols, @Nullable SelfSigned certificate)
      throws Exception;

  /**
   * A server that runs.
   *
   * @param undeploy stops the application, and leaves the server as it is
   */
  record Running(Map<Protocol, Integer> ports, Action undeploy, Action stop) {}

  /** Anything. */
  interface Action {

    void run() throws Exception;
  }

  /**
   * Where a server's classes are.
   *
   * @param marker a class of the server's own
   * @param starter the class of this package that can start it
   */
  record Make(String marker, String starter) {

    static final Make JETTY = new Make("org.eclipse.jetty.server.Server", "JettyServer");
    static final Make TOMCAT = new Make("org.apache.catalina.startup.Tomcat", "TomcatServer");
    static final Make UNDERTOW = new Make("io.undertow.Undertow", "UndertowServer");
    static final List<Make> ALL = List.of(JETTY, TOMCAT, UNDERTOW);

    boolean isOnTheClassPath() {
      return EmbeddedServer.class.getClassLoader().getResource(marker.replace('.', '/') + ".class")
          != null;
    }

    EmbeddedServer load() {
      try {
        return (EmbeddedServer)
            Class.forName(Make.class.getPackageName() + "." + starter)
                .getDeclaredConstructor()
                .newInstance();
      } catch (ReflectiveOperationException e) {
        throw new LinkageError(starter + " does not fit the server on the class path", e);
      }
    }
  }
}

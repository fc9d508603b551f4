package io.bifrostfilter.benchmarks.server;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServlet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.Optional;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.core.StandardContext;
import org.apache.catalina.startup.Tomcat;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.ServerConnector;

/**
 * A servlet container as it is by default, on a free port of the loopback interface.
 *
 * @param stop ends it
 */
public record Container(int port, Stop stop) {

  /** How to end it. */
  public interface Stop {

    void run() throws Exception;
  }

  /**
   * @param name jetty or tomcat
   * @param filter before the servlet, if any
   */
  public static Container start(String name, Optional<? extends Filter> filter, HttpServlet servlet)
      throws Exception {
    return switch (name) {
      case "jetty" -> jetty(filter, servlet);
      case "tomcat" -> tomcat(filter, servlet);
      default -> throw new IllegalArgumentException("there is no container " + name);
    };
  }

  private static Container jetty(Optional<? extends Filter> filter, HttpServlet servlet)
      throws Exception {
    var server = new org.eclipse.jetty.server.Server();
    var http = new HttpConfiguration();
    var connector = new ServerConnector(server, new HttpConnectionFactory(http));
    connector.setHost("127.0.0.1");
    connector.setIdleTimeout(120_000);
    // A queue for as many as one part opens at once.
    connector.setAcceptQueueSize(10_000);
    server.addConnector(connector);
    var context = new ServletContextHandler("/");
    filter.ifPresent(
        one -> {
          var holder = new FilterHolder(one);
          holder.setAsyncSupported(true);
          context.addFilter(holder, "/*", EnumSet.of(DispatcherType.REQUEST));
        });
    var holder = new ServletHolder(servlet);
    holder.setAsyncSupported(true);
    context.addServlet(holder, "/*");
    server.setHandler(context);
    server.start();
    return new Container(connector.getLocalPort(), server::stop);
  }

  private static Container tomcat(Optional<? extends Filter> filter, HttpServlet servlet)
      throws Exception {
    Path base = Files.createTempDirectory("tomcat");
    // Not when it stops: the first one's is the home of all Tomcats of this process, and the next
    // would make it once more.
    Runtime.getRuntime().addShutdownHook(new Thread(() -> deleteAll(base)));
    var tomcat = new Tomcat();
    tomcat.setBaseDir(base.toString());
    var connector = new Connector();
    connector.setPort(0);
    connector.setProperty("address", "127.0.0.1");
    // After so many requests on a connection it would close it, and open connections is not what
    // is measured.
    connector.setProperty("maxKeepAliveRequests", "-1");
    tomcat.getService().addConnector(connector);
    var context = (StandardContext) tomcat.addContext("", base.toString());
    // Looking for leaks takes flags that these virtual machines are not started with.
    context.setClearReferencesObjectStreamClassCaches(false);
    context.setClearReferencesRmiTargets(false);
    context.setClearReferencesThreadLocals(false);
    context.addServletContainerInitializer(
        (classes, servlets) -> {
          filter.ifPresent(
              one -> {
                var registration = servlets.addFilter("filter", one);
                registration.setAsyncSupported(true);
                registration.addMappingForUrlPatterns(
                    EnumSet.of(DispatcherType.REQUEST), false, "/*");
              });
          var registration = servlets.addServlet("servlet", servlet);
          registration.setAsyncSupported(true);
          registration.addMapping("/*");
        },
        null);
    tomcat.start();
    return new Container(
        connector.getLocalPort(),
        () -> {
          tomcat.stop();
          tomcat.destroy();
        });
  }

  private static void deleteAll(Path root) {
    try (var paths = Files.walk(root)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    } catch (IOException e) {
      System.err.println(root + " is left behind: " + e);
    }
  }
}

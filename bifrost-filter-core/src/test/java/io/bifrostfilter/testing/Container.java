package io.bifrostfilter.testing;

import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.apache.tomcat.util.descriptor.web.FilterDef;
import org.apache.tomcat.util.descriptor.web.FilterMap;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/** The servers that tests run on. */
public enum Container {
  JETTY {
    @Override
    Running start(String contextPath, List<Filter> filters, Handler handler) throws Exception {
      var server = new Server();
      var connector = new ServerConnector(server);
      connector.setHost("127.0.0.1");
      server.addConnector(connector);
      var context = new ServletContextHandler(contextPath.isEmpty() ? "/" : contextPath);
      for (Filter filter : filters) {
        var holder = new FilterHolder(filter);
        holder.setAsyncSupported(true);
        context.addFilter(holder, "/*", EnumSet.of(DispatcherType.REQUEST));
      }
      var servlet = new ServletHolder(new HandlerServlet(handler));
      servlet.setAsyncSupported(true);
      context.addServlet(servlet, "/*");
      server.setHandler(context);
      server.start();
      return new Running(connector.getLocalPort(), context::stop, server::stop);
    }
  },

  TOMCAT {
    @Override
    Running start(String contextPath, List<Filter> filters, Handler handler) throws Exception {
      Path base = Files.createTempDirectory("tomcat");
      var tomcat = new Tomcat();
      tomcat.setBaseDir(base.toString());
      tomcat.setPort(0);
      tomcat.getConnector().setProperty("address", "127.0.0.1");
      Context context = tomcat.addContext(contextPath, base.toString());
      for (Filter filter : filters) {
        add(context, filter);
      }
      var wrapper = Tomcat.addServlet(context, "handler", new HandlerServlet(handler));
      wrapper.setAsyncSupported(true);
      context.addServletMapping("/*", "handler");
      tomcat.start();
      return new Running(
          tomcat.getConnector().getLocalPort(),
          context::stop,
          () -> {
            tomcat.stop();
            tomcat.destroy();
            deleteAll(base);
          });
    }

    private void add(Context context, Filter filter) {
      var definition = new FilterDef();
      definition.setFilterName("filter" + context.findFilterDefs().length);
      definition.setFilter(filter);
      definition.setAsyncSupported("true");
      context.addFilterDef(definition);
      var map = new FilterMap();
      map.setFilterName(definition.getFilterName());
      map.addURLPattern("/*");
      map.setDispatcher(DispatcherType.REQUEST.name());
      context.addFilterMap(map);
    }
  };

  /** Starts on a free port of 127.0.0.1. */
  abstract Running start(String contextPath, List<Filter> filters, Handler handler)
      throws Exception;

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

  /**
   * A server that runs.
   *
   * @param undeploy stops the application, and leaves the server as it is
   */
  record Running(int port, Action undeploy, Action stop) {}

  interface Action {

    void run() throws Exception;
  }

  private static final class HandlerServlet extends HttpServlet {

    private static final long serialVersionUID = 1L;

    private final transient Handler handler;

    HandlerServlet(Handler handler) {
      this.handler = handler;
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
        throws ServletException, IOException {
      handler.handle(request, response);
    }
  }
}

package io.bifrostfilter;

import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.testing.Handler;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.EnumSet;
import org.eclipse.jetty.ee10.servlet.FilterHolder;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.Test;

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
}

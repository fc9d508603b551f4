package io.bifrostfilter;

import static io.bifrostfilter.testing.TestApp.CHAT;
import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.testing.Container;
import io.bifrostfilter.testing.Handler;
import io.bifrostfilter.testing.TestApp;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpUpgradeHandler;
import jakarta.servlet.http.WebConnection;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** A request that is not ours passes as if the filter were not there. */
@ParameterizedClass
@EnumSource(Container.class)
class PassThroughTest {

  private final Container container;

  PassThroughTest(Container container) {
    this.container = container;
  }

  @Test
  void theFirstEventOfAStreamArrivesWhileTheHandlerStillProducesTheRest() throws IOException {
    var rest = new CountDownLatch(1);
    Handler stream =
        (request, response) -> {
          response.setContentType("text/event-stream");
          response.getOutputStream().write("data: one\n\n".getBytes(StandardCharsets.UTF_8));
          response.flushBuffer();
          await(rest);
          response.getOutputStream().write("data: two\n\n".getBytes(StandardCharsets.UTF_8));
        };
    try (var app = TestApp.on(container).start(stream);
        var socket = app.connect()) {
      socket
          .getOutputStream()
          .write(
              ("POST "
                      + CHAT
                      + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      var lines =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      while (!"data: one".equals(lines.readLine())) {
        // Status and headers, and the length of the chunk.
      }
      rest.countDown();
      while (!"data: two".equals(lines.readLine())) {
        // The same.
      }
    }
  }

  @Test
  void theHandlerGetsTheContainersOwnRequestAndResponse() {
    var outside = new AtomicReference<Object>();
    var inside = new AtomicReference<Object>();
    Filter before =
        (request, response, chain) -> {
          outside.set(request);
          chain.doFilter(request, response);
        };
    Filter after =
        (request, response, chain) -> {
          inside.set(request);
          chain.doFilter(request, response);
        };
    try (var app =
        TestApp.on(container)
            .filterBefore(before)
            .filterAfter(after)
            .start(Handler.answeringJson("{}"))) {
      var reply = app.post(CHAT, "{}");

      assertThat(inside.get()).isSameAs(outside.get());
      assertThat(reply.response().headers().map().keySet())
          .noneMatch(name -> name.startsWith("x-"))
          .doesNotContain("cache-control");
    }
  }

  @Test
  void aHandlerThatStartsAsyncAndWritesWithoutBlockingWorksPlainAndAsAJob() {
    Handler nonBlocking =
        (request, response) -> {
          AsyncContext async = request.startAsync();
          response.setContentType("application/json");
          ServletOutputStream out = response.getOutputStream();
          out.setWriteListener(new WriteOnce(async, out));
        };
    try (var app = TestApp.on(container).start(nonBlocking)) {
      assertThat(app.post(CHAT, "{}").text()).isEqualTo("{\"async\":true}");
      assertThat(app.whenChatDone(app.submitChat()).json().at("/result/async").asBoolean())
          .isTrue();
    }
  }

  private record WriteOnce(AsyncContext async, ServletOutputStream out) implements WriteListener {

    @Override
    public void onWritePossible() throws IOException {
      if (out.isReady()) {
        out.write("{\"async\":true}".getBytes(StandardCharsets.UTF_8));
        async.complete();
      }
    }

    @Override
    public void onError(Throwable t) {
      async.complete();
    }
  }

  @Test
  void aHandlerThatDispatchesItsAsyncContextWorksPlainAndAsAJob() {
    Handler dispatching =
        (request, response) -> {
          if (request.getAttribute("second") == null) {
            request.setAttribute("second", true);
            request.startAsync().dispatch();
          } else {
            response.setContentType("application/json");
            response.getWriter().print("{\"dispatcher\":\"" + request.getDispatcherType() + "\"}");
          }
        };
    try (var app = TestApp.on(container).start(dispatching)) {
      assertThat(app.post(CHAT, "{}").text()).isEqualTo("{\"dispatcher\":\"ASYNC\"}");
      assertThat(app.whenChatDone(app.submitChat()).json().at("/result/dispatcher").asText())
          .isEqualTo("ASYNC");
    }
  }

  @Test
  void anErrorDispatchWorksPlainAndAsAJob() {
    Handler failing = (request, response) -> response.sendError(418, "a teapot");
    try (var app = TestApp.on(container).start(failing)) {
      assertThat(app.post(CHAT, "{}").status()).isEqualTo(418);
      var job = app.whenChatDone(app.submitChat()).json();
      assertThat(job.path("status_code").asInt()).isEqualTo(418);
      assertThat(job.path("status").asText()).isEqualTo("failed");
    }
  }

  @Test
  void aHandlerThatThrowsIsA500PlainAndAsAJob() {
    Handler throwing =
        (request, response) -> {
          throw new IllegalStateException("a bug in the application");
        };
    try (var app = TestApp.on(container).start(throwing)) {
      assertThat(app.post(CHAT, "{}").status()).isEqualTo(500);
      assertThat(app.whenChatDone(app.submitChat()).json().path("status_code").asInt())
          .isEqualTo(500);
    }
  }

  @Test
  void anUpgradeWorks() throws IOException {
    // Jetty has its own way to upgrade and does not offer the Servlet one.
    Assumptions.assumeTrue(container == Container.TOMCAT, "only Tomcat upgrades by Servlet API");
    Handler upgrading =
        (request, response) -> {
          response.setStatus(101);
          response.setHeader("Upgrade", "echo");
          response.setHeader("Connection", "Upgrade");
          request.upgrade(EchoLine.class);
        };
    try (var app = TestApp.on(container).start(upgrading);
        var socket = app.connect()) {
      socket
          .getOutputStream()
          .write(
              ("GET /v1/realtime HTTP/1.1\r\n"
                      + "Host: h\r\n"
                      + "Connection: Upgrade\r\n"
                      + "Upgrade: echo\r\n\r\n"
                      + "hello\n")
                  .getBytes(StandardCharsets.US_ASCII));
      var lines =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      assertThat(lines.readLine()).startsWith("HTTP/1.1 101");
      while (!"hello".equals(lines.readLine())) {
        // Headers.
      }
    }
  }

  /** Says back one line. */
  public static final class EchoLine implements HttpUpgradeHandler {

    @Override
    public void init(WebConnection connection) {
      new Thread(() -> echo(connection), "echo").start();
    }

    private static void echo(WebConnection connection) {
      try {
        var in = connection.getInputStream();
        var out = connection.getOutputStream();
        int b;
        do {
          b = in.read();
          out.write(b);
        } while (b != '\n');
        out.flush();
        connection.close();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void destroy() {}
  }

  @Test
  void aBodyIsStreamedToTheHandlerAndNotCollectedFirst() throws IOException {
    var firstByte = new CountDownLatch(1);
    Handler reading =
        (request, response) -> {
          request.getInputStream().read();
          firstByte.countDown();
          request.getInputStream().readAllBytes();
        };
    try (var app = TestApp.on(container).start(reading);
        var socket = app.connect()) {
      socket
          .getOutputStream()
          .write(
              ("POST " + CHAT + " HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n1")
                  .getBytes(StandardCharsets.US_ASCII));
      await(firstByte);
      socket.getOutputStream().write('2');
      assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
          .isEqualTo("HTTP/1.1 200");
    }
  }

  @Test
  void whenItIsTurnedOffEverythingPasses() {
    Handler handler = (request, response) -> response.getWriter().print(request.getRequestURI());
    try (var app = TestApp.on(container).config(c -> c.enabled(false)).start(handler)) {
      assertThat(app.post("/v1/async/chat/completions", "{}", "x-bf-async", "true").text())
          .isEqualTo("/v1/async/chat/completions");
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new UncheckedIOException(new IOException(e));
    }
  }
}

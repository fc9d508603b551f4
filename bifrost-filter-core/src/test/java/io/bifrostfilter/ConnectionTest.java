package io.bifrostfilter;

import static io.bifrostfilter.testing.TestApp.CHAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.bifrostfilter.testing.Container;
import io.bifrostfilter.testing.Handler;
import io.bifrostfilter.testing.TestApp;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The playback's own connection, and what is odd about paths. */
@ParameterizedClass
@EnumSource(Container.class)
class ConnectionTest {

  private final Container container;

  ConnectionTest(Container container) {
    this.container = container;
  }

  @Test
  void aPathWithOddCharactersIsPlayedBackAsItCame() throws IOException {
    Handler says =
        (request, response) -> {
          response.setContentType("text/plain");
          response
              .getWriter()
              .print(
                  request.getRequestURI()
                      + "?"
                      + request.getQueryString()
                      + " "
                      + (request.getAttribute(AsyncJobFilter.JOB_ID_ATTRIBUTE) != null));
        };
    try (var app = TestApp.on(container).start(says)) {
      for (String target :
          List.of(
              "/v1/models/a%20b;v=1/x?q=%7B%22a%22%3A1%7D&r=a+b",
              "/v1/%C3%A4/~user/a.b-c_d!$&'()*+,=:@?x=/?:@!$'()*+,;=-._~",
              "/v1/x?",
              "/v1//double?a=b")) {
        String direct = exchange(app, target, "");
        if (!direct.startsWith("HTTP/1.1 200")) {
          // What the container itself refuses cannot become a job.
          continue;
        }
        String submit = exchange(app, target, "x-bf-async: true\r\n");
        String id = submit.replaceAll("(?is).*x-bf-async-id: ([0-9a-f-]{36}).*", "$1");
        String done = exchange(app, target, "x-bf-async-id: " + id + "\r\nPrefer: wait=20\r\n");

        assertThat(body(done)).as(target).isEqualTo(body(direct).replaceAll("false$", "true"));
      }
    }
  }

  @Test
  void aQueryThatAContainerTakesIsPlayedBackAsValidCharacters() throws IOException {
    Handler says =
        (request, response) -> {
          response.setContentType("text/plain");
          response.getWriter().print(request.getQueryString());
        };
    try (var app = TestApp.on(container).start(says)) {
      for (String[] query :
          new String[][] {{"a=%zz&b=%4", "a=%25zz&b=%254"}, {"q=\u00e4", "q=%C3%A4"}}) {
        String target = "/v1/x?" + query[0];
        if (!exchange(app, target, "").startsWith("HTTP/1.1 200")) {
          // What the container itself refuses cannot become a job.
          continue;
        }
        String submit = exchange(app, target, "x-bf-async: true\r\n");
        String id = submit.replaceAll("(?is).*x-bf-async-id: ([0-9a-f-]{36}).*", "$1");
        assertThat(body(exchange(app, "/v1/x", "x-bf-async-id: " + id + "\r\nPrefer: wait=20\r\n")))
            .isEqualTo(query[1]);
      }
    }
  }

  @Test
  void aPollThatIsAnsweredBeforeItsBodyHasArrivedSaysThatTheConnectionCloses() throws IOException {
    try (var app = TestApp.on(container).start(Handler.answeringJson("{}"))) {
      String id = app.submitChat();
      app.whenChatDone(id);
      try (var socket = app.connect()) {
        String head =
            "POST "
                + CHAT
                + " HTTP/1.1\r\nHost: h\r\nx-bf-async-id: "
                + id
                + "\r\nContent-Length: 9\r\n\r\n";
        socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
        assertThat(readHead(socket))
            .startsWith("HTTP/1.1 200")
            .containsIgnoringCase("Connection: close");
      }
    }
  }

  @Test
  void aPollWhoseBodyHasArrivedLeavesTheConnectionOpen() throws IOException {
    try (var app = TestApp.on(container).start(Handler.answeringJson("{}"))) {
      String id = app.submitChat();
      app.whenChatDone(id);
      String poll =
          "POST "
              + CHAT
              + " HTTP/1.1\r\nHost: h\r\nx-bf-async-id: "
              + id
              + "\r\nContent-Length: 9\r\n\r\n{\"a\": 1 }";
      try (var socket = app.connect()) {
        for (int i = 0; i < 10; i++) {
          socket.getOutputStream().write(poll.getBytes(StandardCharsets.US_ASCII));
          assertThat(readHead(socket))
              .startsWith("HTTP/1.1 200")
              .doesNotContainIgnoringCase("Connection: close");
          assertThat(socket.getInputStream().readNBytes(2))
              .isEqualTo("{}".getBytes(StandardCharsets.US_ASCII));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Transfer-Encoding: chunked\r\n",
        "Content-Length: 65989\r\n",
        "Transfer-Encoding: chunked\r\nPrefer: wait=20\r\n"
      })
  void aPollThatIsAnsweredBeforeItsBodyHasArrivedLetsTheCallerSendItToItsEnd(String headers)
      throws IOException {
    boolean waits = headers.contains("Prefer");
    var gate = new CountDownLatch(1);
    Handler gated =
        (request, response) -> {
          awaited(gate);
          response.setContentType("application/json");
          response.getWriter().print("{}");
        };
    try (var app = TestApp.on(container).start(gated)) {
      String id = app.submitChat();
      if (!waits) {
        gate.countDown();
        app.whenChatDone(id);
      }
      try (var socket = app.connect()) {
        String head =
            "POST " + CHAT + " HTTP/1.1\r\nHost: h\r\nx-bf-async-id: " + id + "\r\n" + headers;
        socket.getOutputStream().write((head + "\r\n").getBytes(StandardCharsets.US_ASCII));
        gate.countDown();
        assertThat(readHead(socket)).startsWith("HTTP/1.1 200");
        assertThat(socket.getInputStream().readNBytes(2)).asString().isEqualTo("{}");

        // 65,989 bytes in all, which is what the Content-Length says.
        for (int i = 0; i < 64; i++) {
          String chunk = "400\r\n" + "x".repeat(1024) + "\r\n";
          assertThatCode(
                  () -> socket.getOutputStream().write(chunk.getBytes(StandardCharsets.US_ASCII)))
              .as("the %d. part of the body", i + 1)
              .doesNotThrowAnyException();
        }
        socket.getOutputStream().write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(socket.getInputStream().read()).isEqualTo(-1);
      }
    }
  }

  @Test
  void aPathThatCouldBeTakenForAHostIsRefused() throws IOException {
    try (var app = TestApp.on(container).start(Handler.answeringJson("{}"))) {
      for (String header : List.of("x-bf-async: true", "Prefer: respond-async")) {
        String reply = exchange(app, "//other.example/x", header + "\r\n");
        assertThat(reply).startsWith("HTTP/1.1 400");
      }
    }
  }

  @Test
  void aHandlerThatClosesItsConnectionsIsReachedAgain() {
    Handler closing =
        (request, response) -> {
          response.setHeader("Connection", "close");
          response.setContentType("application/json");
          response.getWriter().print("{}");
        };
    try (var app = TestApp.on(container).start(closing)) {
      for (int i = 0; i < 20; i++) {
        assertThat(app.whenChatDone(app.submitChat()).json().path("status").asText())
            .isEqualTo("completed");
      }
    }
  }

  @Test
  void anAnswerThatAsksForACredentialIsRecordedAsItIs() {
    Handler asking =
        (request, response) -> {
          response.setStatus(401);
          response.setHeader("WWW-Authenticate", "Basic realm=\"x\"");
        };
    try (var app = TestApp.on(container).start(asking)) {
      String id = app.post(CHAT, TestApp.CHAT_BODY, "x-bf-async", "true").header("x-bf-async-id");
      var reply = app.post(CHAT, "", "x-bf-async-id", id, "Prefer", "wait=20");

      assertThat(reply.status()).isEqualTo(401);
      assertThat(reply.header("WWW-Authenticate")).isEqualTo("Basic realm=\"x\"");
    }
  }

  @Test
  void interimAnswersAreNotTheAnswer() throws Exception {
    try (var server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      var answering =
          new Thread(
              () -> {
                try (var socket = server.accept()) {
                  socket.getInputStream().read(new byte[8192]);
                  socket
                      .getOutputStream()
                      .write(
                          ("HTTP/1.1 102 Processing\r\n\r\n"
                                  + "HTTP/1.1 103 Early Hints\r\n"
                                  + "Link: </x>\r\n\r\n"
                                  + "HTTP/1.1 200 OK\r\n"
                                  + "Content-Length: 2\r\n"
                                  + "Content-Type: application/json\r\n\r\n"
                                  + "{}")
                              .getBytes(StandardCharsets.US_ASCII));
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              },
              "raw-server");
      answering.start();
      var target = URI.create("http://127.0.0.1:" + server.getLocalPort());
      try (var app =
          TestApp.on(container).config(c -> c.target(target)).start(Handler.answeringJson("1"))) {
        var job = app.whenChatDone(app.submitChat()).json();

        assertThat(job.path("status_code").asInt()).isEqualTo(200);
        assertThat(job.path("result").isObject()).isTrue();
      }
      answering.join();
    }
  }

  private static void awaited(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String exchange(TestApp app, String target, String headers) throws IOException {
    try (var socket = app.connect()) {
      socket
          .getOutputStream()
          .write(
              ("POST "
                      + target
                      + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 0\r\n"
                      + headers
                      + "\r\n")
                  .getBytes(StandardCharsets.UTF_8));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static String readHead(java.net.Socket socket) throws IOException {
    var head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int b = socket.getInputStream().read();
      if (b < 0) {
        throw new EOFException("the connection ended after: " + head);
      }
      head.append((char) b);
    }
    return head.toString();
  }

  private static String body(String message) {
    return message.substring(message.indexOf("\r\n\r\n") + 4);
  }
}

package io.bifrostfilter;

import static io.bifrostfilter.testing.TestApp.CHAT;
import static io.bifrostfilter.testing.TestApp.CHAT_BODY;
import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.testing.Container;
import io.bifrostfilter.testing.Handler;
import io.bifrostfilter.testing.TestApp;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Many at once, and callers that do not behave. */
@ParameterizedClass
@EnumSource(Container.class)
class LoadTest {

  private final Container container;

  LoadTest(Container container) {
    this.container = container;
  }

  @Test
  void fourHundredSubmitsAtOnceAreAcceptedRunInBoundsAndComplete() {
    var running = new AtomicInteger();
    var most = new AtomicInteger();
    var scheduler = Executors.newScheduledThreadPool(2);
    Handler takesAWhile =
        (request, response) -> {
          most.accumulateAndGet(running.incrementAndGet(), Math::max);
          var async = request.startAsync();
          scheduler.schedule(
              () -> {
                running.decrementAndGet();
                async.complete();
              },
              300,
              TimeUnit.MILLISECONDS);
        };
    try (var app = TestApp.on(container).config(c -> c.maxConcurrency(100)).start(takesAWhile)) {
      List<CompletableFuture<HttpResponse<String>>> submits = new ArrayList<>();
      for (int i = 0; i < 400; i++) {
        var submit = app.request("POST", CHAT, CHAT_BODY).header("x-bf-async", "true").build();
        submits.add(app.client().sendAsync(submit, HttpResponse.BodyHandlers.ofString()));
      }
      for (var submit : submits) {
        var reply = submit.join();
        assertThat(reply.statusCode()).isEqualTo(200);
        String id = reply.headers().firstValue("x-bf-async-id").orElseThrow();
        assertThat(app.whenChatDone(id).json().path("status").asText()).isEqualTo("completed");
      }
      assertThat(most.get()).isBetween(2, 100);
    } finally {
      scheduler.shutdownNow();
    }
  }

  @Test
  void aCallerThatHangsUpAfterTheAnswerStillGetsTheJobDone() throws IOException {
    var latch = new CountDownLatch(1);
    try (var app = TestApp.on(container).start(Handler.answeringJson("{}").after(latch))) {
      String id;
      try (var socket = app.connect()) {
        send(socket, head(CHAT_BODY.length()) + CHAT_BODY);
        var answer = new String(socket.getInputStream().readNBytes(500), StandardCharsets.UTF_8);
        id = answer.replaceAll("(?is).*x-bf-async-id: ([0-9a-f-]{36}).*", "$1");
      }
      latch.countDown();
      assertThat(app.whenChatDone(id).json().path("status").asText()).isEqualTo("completed");
    }
  }

  @Test
  void callersThatHangUpDuringOrBeforeTheirAnswerChangeNothingForOthers() throws IOException {
    try (var app = TestApp.on(container).start(Handler.answeringJson("{}"))) {
      for (int i = 0; i < 50; i++) {
        try (var socket = app.connect()) {
          socket.setSoLinger(true, 0);
          send(socket, head(CHAT_BODY.length()) + CHAT_BODY);
          if (i % 2 == 0) {
            socket.getInputStream().read();
          }
        }
      }
      assertThat(app.whenChatDone(app.submitChat()).json().path("status").asText())
          .isEqualTo("completed");
    }
  }

  @Test
  void callersThatHangUpWhileTheyWaitChangeNothingForOthers() throws IOException {
    var latch = new CountDownLatch(1);
    try (var app = TestApp.on(container).start(Handler.answeringJson("{}").after(latch))) {
      String id = app.submitChat();
      for (int i = 0; i < 20; i++) {
        try (var socket = app.connect()) {
          socket.setSoLinger(true, 0);
          send(
              socket,
              "GET /v1/async/chat/completions/"
                  + id
                  + " HTTP/1.1\r\nHost: h\r\nPrefer: wait=20\r\n\r\n");
        }
      }
      latch.countDown();
      assertThat(app.whenChatDone(id).json().path("status").asText()).isEqualTo("completed");
    }
  }

  @Test
  void aBodyThatIsHalfSentMakesNoJob() throws IOException {
    var runs = new AtomicInteger();
    Handler counting =
        (request, response) -> {
          runs.incrementAndGet();
        };
    try (var app = TestApp.on(container).config(c -> c.maxConcurrency(1)).start(counting)) {
      for (String body : List.of("{\"model\":\"m\"}", "")) {
        try (var socket = app.connect()) {
          send(socket, head(1000) + body);
          socket.shutdownOutput();
          socket.getInputStream().readAllBytes();
        }
      }
      try (var socket = app.connect()) {
        send(
            socket,
            "POST "
                + CHAT
                + " HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nx-bf-async: true\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n");
        socket.shutdownOutput();
        socket.getInputStream().readAllBytes();
      }
      // One runs at a time, so whatever was accepted before this one has run before it.
      app.whenChatDone(app.submitChat());
      assertThat(runs).hasValue(1);
    }
  }

  @Test
  void aResultOf3MegabytesComesAsItWas() {
    String big = "\"" + "ä".repeat(1_500_000) + "\"";
    try (var app = TestApp.on(container).start(Handler.answeringJson(big))) {
      String id = app.submitChat();
      assertThat(app.whenChatDone(id).text()).endsWith(",\"result\":" + big + "}");
      assertThat(app.post(CHAT, "", "x-bf-async-id", id).text()).isEqualTo(big);
    }
  }

  @Test
  void binaryOf30MegabytesComesAsBase64() {
    Handler binary =
        (request, response) -> {
          response.setContentType("audio/wav");
          byte[] block = new byte[1_000_000];
          for (int i = 0; i < 30; i++) {
            response.getOutputStream().write(block);
          }
        };
    try (var app = TestApp.on(container).config(c -> c.memoryMaxBytes(100_000_000)).start(binary)) {
      var request =
          HttpRequest.newBuilder(app.uri("/v1/audio/speech"))
              .header("x-bf-async", "true")
              .header("Content-Type", "application/json")
              .POST(HttpRequest.BodyPublishers.ofString("{}"));
      String id = app.send(request).header("x-bf-async-id");
      assertThat(app.whenDone("audio/speech", id).text())
          .contains("\"encoding\":\"base64\",\"data\":\"AAAA")
          .hasSizeGreaterThan(2 * 40_000_000);
    }
  }

  private static String head(int length) {
    return "POST "
        + CHAT
        + " HTTP/1.1\r\n"
        + "Host: h\r\n"
        + "Content-Type: application/json\r\n"
        + "x-bf-async: true\r\n"
        + "Connection: close\r\n"
        + "Content-Length: "
        + length
        + "\r\n\r\n";
  }

  private static void send(java.net.Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
  }
}

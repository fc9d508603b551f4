package io.bifrostfilter;

import static io.bifrostfilter.testing.TestApp.CHAT;
import static io.bifrostfilter.testing.TestApp.CHAT_BODY;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bifrostfilter.testing.Container;
import io.bifrostfilter.testing.Handler;
import io.bifrostfilter.testing.TestApp;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Section 2 of the contract: what the handler sees. */
@ParameterizedClass
@EnumSource(Container.class)
class PlaybackTest {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** Tells all that it saw. */
  private static final Handler MIRROR =
      (request, response) -> {
        var seen = MAPPER.createObjectNode();
        seen.put("method", request.getMethod());
        seen.put("uri", request.getRequestURI());
        seen.put("query", request.getQueryString());
        seen.put(
            "body",
            new String(request.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1));
        seen.put("remote", request.getRemoteAddr());
        seen.put("scheme", request.getScheme());
        seen.put("server", request.getServerName());
        seen.put("job", String.valueOf(request.getAttribute("bifrost.async.job-id")));
        var headers = seen.putObject("headers");
        for (String name : Collections.list(request.getHeaderNames())) {
          var values = headers.putArray(name.toLowerCase(java.util.Locale.ROOT));
          Collections.list(request.getHeaders(name)).forEach(values::add);
        }
        response.setContentType("application/json");
        response.getOutputStream().write(MAPPER.writeValueAsBytes(seen));
      };

  private final Container container;

  PlaybackTest(Container container) {
    this.container = container;
  }

  private static List<String> header(JsonNode seen, String name) {
    var values = new ArrayList<String>();
    seen.path("headers").path(name).forEach(value -> values.add(value.asText()));
    return values;
  }

  @Test
  void methodPathQueryBodyAndHeadersAreThoseOfTheSubmit() {
    try (var app = TestApp.on(container).start(MIRROR)) {
      String body = "{ \"model\" : \"m\", \"n\": 1.0, \"messages\": [\"\\u00e4 ä\"] }  ";
      var submit =
          app.send(
              app.request("POST", CHAT + "?x=%C3%A4&y=a+b&y", body)
                  .header("x-bf-async", "true")
                  .header("X-Repeated", "one")
                  .header("X-Repeated", "two, three")
                  .header("Authorization", "Bearer secret")
                  .header("Accept", "text/plain")
                  .header("User-Agent", "test/1"));
      JsonNode seen =
          app.send(
                  app.request("POST", CHAT, null)
                      .header("Authorization", "Bearer secret")
                      .header("Prefer", "wait=20")
                      .header("x-bf-async-id", submit.header("x-bf-async-id")))
              .json();

      assertThat(seen.path("method").asText()).isEqualTo("POST");
      assertThat(seen.path("uri").asText()).isEqualTo(CHAT);
      assertThat(seen.path("query").asText()).isEqualTo("x=%C3%A4&y=a+b&y");
      assertThat(seen.path("body").asText().getBytes(StandardCharsets.ISO_8859_1))
          .isEqualTo(body.getBytes(StandardCharsets.UTF_8));
      assertThat(header(seen, "x-repeated")).containsExactly("one", "two, three");
      assertThat(header(seen, "authorization")).containsExactly("Bearer secret");
      assertThat(header(seen, "accept")).containsExactly("text/plain");
      assertThat(header(seen, "user-agent")).containsExactly("test/1");
      assertThat(header(seen, "content-type")).containsExactly("application/json");
      assertThat(header(seen, "host")).containsExactly("127.0.0.1:" + app.port());
      assertThat(header(seen, "content-length"))
          .containsExactly(Integer.toString(body.getBytes(StandardCharsets.UTF_8).length));
    }
  }

  @Test
  void whatIsOursOrBelongsToTheConnectionIsLeftOut() throws IOException {
    try (var app = TestApp.on(container).start(MIRROR);
        var socket = app.connect()) {
      socket
          .getOutputStream()
          .write(
              ("POST "
                      + CHAT
                      + " HTTP/1.1\r\n"
                      + "Host: h:1\r\n"
                      + "Content-Length: 2\r\n"
                      + "Connection: X-Mine, keep-alive\r\n"
                      + "X-Mine: x\r\n"
                      + "Keep-Alive: timeout=5\r\n"
                      + "TE: trailers\r\n"
                      + "Proxy-Authorization: x\r\n"
                      + "Content-Type: text/plain\r\n"
                      + "X-BF-Async: TRUE\r\n"
                      + "x-bf-async-job-result-ttl: 9\r\n"
                      + "Idempotency-Key: k\r\n"
                      + "Prefer: respond-async; x=y, wait=0, handling=strict\r\n"
                      + "Prefer: return=minimal\r\n"
                      + "Accept-Encoding: gzip\r\n"
                      + "X-Mine-Too: y\r\n\r\n"
                      + "{}")
                  .replace("text/plain", "application/json")
                  .getBytes(StandardCharsets.US_ASCII));
      String answer = readHead(socket);
      String id = answer.replaceAll("(?is).*x-bf-async-id: ([0-9a-f-]{36}).*", "$1");
      JsonNode seen = app.post(CHAT, "", "Prefer", "wait=20", "x-bf-async-id", id).json();

      assertThat(seen.path("headers").fieldNames())
          .toIterable()
          .containsExactlyInAnyOrder(
              "host",
              "content-type",
              "content-length",
              "prefer",
              "x-mine-too",
              "x-request-id",
              "x-forwarded-for");
      assertThat(header(seen, "prefer")).containsExactly("handling=strict, return=minimal");
      assertThat(header(seen, "host")).containsExactly("h:1");
    }
  }

  @Test
  void expectIsAnsweredToTheCallerAndNotSentToTheHandler() throws IOException {
    try (var app = TestApp.on(container).start(MIRROR);
        var socket = app.connect()) {
      var out = socket.getOutputStream();
      out.write(
          ("POST "
                  + CHAT
                  + " HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n"
                  + "Content-Type: application/json\r\nx-bf-async: true\r\n\r\n")
              .getBytes(StandardCharsets.US_ASCII));
      assertThat(readHead(socket)).startsWith("HTTP/1.1 100");
      out.write("{}".getBytes(StandardCharsets.US_ASCII));
      String id = readHead(socket).replaceAll("(?is).*x-bf-async-id: ([0-9a-f-]{36}).*", "$1");
      JsonNode seen = app.post(CHAT, "", "Prefer", "wait=20", "x-bf-async-id", id).json();

      assertThat(seen.path("headers").has("expect")).isFalse();
      assertThat(seen.path("body").asText()).isEqualTo("{}");
    }
  }

  @Test
  void aRequestIdIsKeptOrMadeAndIsTheJobs() {
    try (var app = TestApp.on(container).start(MIRROR)) {
      var kept = app.post("/v1/async/chat/completions", CHAT_BODY, "X-Request-Id", "mine-1");
      assertThat(kept.json().path("request_id").asText()).isEqualTo("mine-1");
      assertThat(kept.header("x-request-id")).isEqualTo("mine-1");
      assertThat(
              header(
                  app.whenChatDone(kept.json().path("id").asText()).json().path("result"),
                  "x-request-id"))
          .containsExactly("mine-1");

      var made = app.post("/v1/async/chat/completions", CHAT_BODY, "X-Request-Id", "x".repeat(201));
      String id = made.json().path("request_id").asText();
      assertThat(id).hasSize(36);
      assertThat(
              header(
                  app.whenChatDone(made.json().path("id").asText()).json().path("result"),
                  "x-request-id"))
          .containsExactly(id);
    }
  }

  @Test
  void theReplayIsMarkedForTheApplicationAndNoMarkerReachesIt() {
    try (var app = TestApp.on(container).start(MIRROR)) {
      String id = app.submitChat();
      JsonNode seen = app.whenChatDone(id).json().path("result");

      assertThat(seen.path("job").asText()).isEqualTo(id);
      assertThat(seen.path("headers").has("x-bf-async-playback")).isFalse();
    }
  }

  @Test
  void theHandlerSeesTheOriginalCallerAndNoForwardedHeaderThatTheCallerMadeUp() {
    try (var app = TestApp.on(container).start(MIRROR)) {
      String id =
          app.submitChat(
              "X-Forwarded-For", "6.6.6.6",
              "X-Forwarded-Proto", "https",
              "X-Forwarded-Host", "evil.example",
              "X-Forwarded-Port", "666",
              "Forwarded", "for=6.6.6.6;proto=https");
      JsonNode seen = app.whenChatDone(id).json().path("result");

      assertThat(header(seen, "x-forwarded-for")).containsExactly("6.6.6.6, 127.0.0.1");
      assertThat(seen.path("headers").fieldNames())
          .toIterable()
          .doesNotContain("x-forwarded-proto", "x-forwarded-host", "x-forwarded-port", "forwarded");
      assertThat(seen.path("remote").asText()).isEqualTo("127.0.0.1");
    }
  }

  @Test
  void whatAFilterBeforeUsHadResolvedIsPassedOn() {
    Filter resolved =
        (request, response, chain) -> {
          var http = (HttpServletRequest) request;
          if (http.getHeader("X-Test-Resolve") == null
              || http.getHeader("x-bf-async-playback") != null) {
            chain.doFilter(request, response);
            return;
          }
          chain.doFilter(new Resolved(http), response);
        };
    try (var app = TestApp.on(container).filterBefore(resolved).start(MIRROR)) {
      var submit = app.post("/v1/async/chat/completions", CHAT_BODY, "X-Test-Resolve", "1");
      String id = submit.json().path("id").asText();
      JsonNode seen = app.whenChatDone(id).json().path("result");

      assertThat(submit.header("Location")).isEqualTo("/outside/v1/async/chat/completions/" + id);
      assertThat(seen.path("uri").asText()).isEqualTo(CHAT);
      assertThat(header(seen, "x-forwarded-for")).containsExactly("203.0.113.9");
      assertThat(header(seen, "x-forwarded-proto")).containsExactly("https");
      assertThat(header(seen, "x-forwarded-host")).containsExactly("api.example.com");
      assertThat(header(seen, "x-forwarded-port")).containsExactly("443");
      assertThat(header(seen, "x-forwarded-prefix")).containsExactly("/outside");
      assertThat(seen.path("remote").asText()).isEqualTo("203.0.113.9");
    }
  }

  /** As a filter for forwarded headers shows a request that came through a proxy. */
  private static final class Resolved extends HttpServletRequestWrapper {

    Resolved(HttpServletRequest request) {
      super(request);
    }

    @Override
    public String getRemoteAddr() {
      return "203.0.113.9";
    }

    @Override
    public String getScheme() {
      return "https";
    }

    @Override
    public String getServerName() {
      return "api.example.com";
    }

    @Override
    public int getServerPort() {
      return 443;
    }

    @Override
    public String getContextPath() {
      return "/outside";
    }

    @Override
    public String getRequestURI() {
      return "/outside" + super.getRequestURI();
    }
  }

  @Test
  void theApplicationsOwnFiltersRunOnTheReplayAndMayRefuseIt() {
    var seen = new CopyOnWriteArrayList<String>();
    Filter authentication =
        (request, response, chain) -> {
          var http = (HttpServletRequest) request;
          seen.add(http.getMethod() + " " + http.getRequestURI());
          if (http.getHeader("x-bf-async-playback") != null) {
            response.setContentType("application/json");
            ((HttpServletResponse) response).setStatus(401);
            response.getWriter().print("{\"error\":{\"message\":\"Who are you?\"}}");
            return;
          }
          chain.doFilter(request, response);
        };
    try (var app = TestApp.on(container).filterBefore(authentication).start(MIRROR)) {
      var job = app.whenChatDone(app.submitChat()).json();

      assertThat(job.path("status").asText()).isEqualTo("failed");
      assertThat(job.path("status_code").asInt()).isEqualTo(401);
      assertThat(job.at("/error/error/message").asText()).isEqualTo("Who are you?");
      assertThat(seen).startsWith("POST /v1/async/chat/completions").contains("POST " + CHAT);
    }
  }

  @Test
  void a30MegabyteBodyArrivesAsItWasSent() {
    byte[] noise = new byte[30_000_000];
    new Random(1).nextBytes(noise);
    Handler checksum =
        (request, response) -> {
          byte[] body = request.getInputStream().readAllBytes();
          response.setContentType("text/plain");
          response.getWriter().print(body.length + " " + java.util.Arrays.hashCode(body));
        };
    try (var app = TestApp.on(container).start(checksum)) {
      var request =
          java.net.http.HttpRequest.newBuilder(app.uri("/upload"))
              .header("x-bf-async", "true")
              .POST(java.net.http.HttpRequest.BodyPublishers.ofByteArray(noise));
      String id = app.send(request).header("x-bf-async-id");

      assertThat(app.post("/upload", "", "x-bf-async-id", id, "Prefer", "wait=30").text())
          .isEqualTo(noise.length + " " + java.util.Arrays.hashCode(noise));
    }
  }

  @Test
  void aLargeBodyTakesNoNativeMemoryOfItsSize() {
    var direct =
        ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
            .filter(pool -> pool.getName().equals("direct"))
            .findFirst()
            .orElseThrow();
    Handler reader =
        (request, response) ->
            response.getWriter().print(request.getInputStream().readAllBytes().length);
    try (var app = TestApp.on(container).start(reader)) {
      long before = direct.getMemoryUsed();
      var request =
          java.net.http.HttpRequest.newBuilder(app.uri("/upload"))
              .header("x-bf-async", "true")
              .POST(java.net.http.HttpRequest.BodyPublishers.ofByteArray(new byte[30_000_000]));
      String id = app.send(request).header("x-bf-async-id");

      assertThat(app.post("/upload", "", "x-bf-async-id", id, "Prefer", "wait=30").text())
          .isEqualTo("30000000");
      assertThat(direct.getMemoryUsed() - before).isLessThan(10_000_000);
    }
  }

  @Test
  void aBodyInChunksArrivesWhole() throws IOException {
    try (var app = TestApp.on(container).start(MIRROR);
        var socket = app.connect()) {
      socket
          .getOutputStream()
          .write(
              ("POST "
                      + CHAT
                      + " HTTP/1.1\r\n"
                      + "Host: h\r\n"
                      + "Transfer-Encoding: chunked\r\n"
                      + "Content-Type: application/json\r\n"
                      + "x-bf-async: true\r\n\r\n"
                      + "1\r\n"
                      + "{\r\n"
                      + "5\r\n"
                      + "\"a\":1\r\n"
                      + "1\r\n"
                      + "}\r\n"
                      + "0\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      String id = readHead(socket).replaceAll("(?is).*x-bf-async-id: ([0-9a-f-]{36}).*", "$1");
      JsonNode seen = app.post(CHAT, "", "Prefer", "wait=20", "x-bf-async-id", id).json();

      assertThat(seen.path("body").asText()).isEqualTo("{\"a\":1}");
      assertThat(seen.path("headers").has("transfer-encoding")).isFalse();
    }
  }

  private static String readHead(java.net.Socket socket) throws IOException {
    var head = new StringBuilder();
    var in = socket.getInputStream();
    while (head.indexOf("\r\n\r\n") < 0) {
      int b = in.read();
      if (b < 0) {
        break;
      }
      head.append((char) b);
    }
    return head.toString();
  }
}

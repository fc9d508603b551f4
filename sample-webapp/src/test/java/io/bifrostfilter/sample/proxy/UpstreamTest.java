package io.bifrostfilter.sample.proxy;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bifrostfilter.sample.launcher.RunningSample;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class UpstreamTest {
  private static final String PLAIN = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

  private static FakeUpstream upstream;
  private static RunningSample sample;

  @BeforeAll
  static void start() throws Exception {
    upstream = new FakeUpstream();
    sample =
        RunningSample.start(
            "/app",
            Map.of("OPENAI_BASE_URL", upstream.uri("/openai/v1/"), "OPENAI_API_KEY", "sk-ours"));
  }

  @AfterAll
  static void stop() throws IOException {
    sample.close();
    upstream.close();
  }

  @Test
  void theRequestArrivesUnchanged() throws Exception {
    upstream.answers(exchange -> exchange.write(PLAIN));
    var response =
        raw(
            """
            POST /app/v1/a%2Fb/c;x=1/%7Ed?q=%20a+b&odd={"x":[1|2]}&q=2&& HTTP/1.1
            Host: app.example
            X-Many: one
            X-Many: two
            X-Empty:
            Cookie: a=b
            Accept-Encoding: gzip, br
            User-Agent: mine/1
            Expect-CT: no
            TE: trailers
            Keep-Alive: timeout=5
            X-Hop: gone
            Connection: close, X-Hop
            Content-Type: application/json; odd
            Content-Length: 7

            {"a":1}\
            """);
    assertThat(response).contains("200 OK").endsWith("ok");
    assertThat(upstream.lastRequestLine())
        .isEqualTo("POST /openai/v1/a%2Fb/c;x=1/%7Ed?q=%20a+b&odd={\"x\":[1|2]}&q=2&& HTTP/1.1");
    assertThat(upstream.lastHead())
        .contains(
            "X-Many: one",
            "X-Many: two",
            "Cookie: a=b",
            "Accept-Encoding: gzip, br",
            "User-Agent: mine/1",
            "Content-Type: application/json; odd",
            "Content-Length: 7",
            "Host: " + upstream.authority())
        .anyMatch(line -> line.startsWith("X-Empty:"))
        .noneMatch(line -> line.matches("(?i)(te|keep-alive|x-hop|via|x-forwarded-.*):.*"));
    assertThat(upstream.lastBody()).isEqualTo("{\"a\":1}");
  }

  @Test
  void theAnswerComesBackUnchangedWhateverItIs() throws Exception {
    upstream.answers(
        exchange ->
            exchange.write(
                crlf(
                    """
                    HTTP/1.1 429 Slow Down
                    Retry-After: 7
                    Set-Cookie: a=1
                    Set-Cookie: b=2
                    Content-Encoding: gzip
                    Content-Type: text/odd
                    Content-Length: 9
                    Connection: X-Private
                    X-Private: yes

                    no gzip!!\
                    """)));
    var response = sample.get("/v1/models");
    assertThat(response.statusCode()).isEqualTo(429);
    assertThat(response.body()).isEqualTo("no gzip!!");
    assertThat(response.headers().allValues("set-cookie")).containsExactly("a=1", "b=2");
    assertThat(response.headers().firstValue("content-encoding")).hasValue("gzip");
    assertThat(response.headers().firstValue("content-type")).hasValue("text/odd");
    assertThat(response.headers().firstValue("retry-after")).hasValue("7");
    assertThat(response.headers().firstValue("x-private")).isEmpty();
    sample.get("/v1/models");
    assertThat(upstream.lastHead()).noneMatch(line -> line.startsWith("Cookie"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"302 Found", "401 Unauthorized", "407 Proxy Authentication Required"})
  void redirectsAndChallengesAreTheCallersBusiness(String status) throws Exception {
    upstream.answers(
        exchange ->
            exchange.write(
                crlf(
                    """
                    HTTP/1.1 %s
                    Location: /elsewhere
                    WWW-Authenticate: Basic realm=x
                    Content-Length: 0

                    """
                        .formatted(status))));
    var response = sample.get("/v1/models");
    assertThat(status).startsWith(response.statusCode() + " ");
    assertThat(response.headers().firstValue("location")).hasValue("/elsewhere");
  }

  @Test
  void ourKeyIsPresentedForCallersThatHaveNone() throws Exception {
    upstream.answers(exchange -> exchange.write(PLAIN));
    sample.get("/v1/models");
    assertThat(upstream.lastHead()).contains("Authorization: Bearer sk-ours");
  }

  @ParameterizedTest
  @ValueSource(strings = {"Authorization", "x-api-key", "api-key", "x-goog-api-key", "x-bf-vk"})
  void aCallersOwnCredentialIsTheOnlyOne(String header) throws Exception {
    upstream.answers(exchange -> exchange.write(PLAIN));
    sample
        .client()
        .send(
            sample.request("/v1/models").header(header, "theirs").build(), BodyHandlers.ofString());
    assertThat(upstream.lastHead()).contains(header + ": theirs");
    assertThat(String.join("\n", upstream.lastHead())).doesNotContain("sk-ours");
  }

  @Test
  void theFirstEventArrivesWhileTheUpstreamStillProduces() throws Exception {
    var seen = new CountDownLatch(1);
    upstream.answers(
        exchange -> {
          exchange.write(
              crlf(
                      """
                      HTTP/1.1 200 OK
                      Content-Type: text/event-stream
                      Transfer-Encoding: chunked

                      """)
                  + "9\r\ndata: 1\n\n\r\n");
          // The rest comes only once the caller has the first event.
          assertThat(seen.await(30, TimeUnit.SECONDS)).isTrue();
          exchange.write("9\r\ndata: 2\n\n\r\n0\r\n\r\n");
        });
    var request =
        sample.request("/v1/chat/completions").POST(BodyPublishers.ofString("{}")).build();
    var response = sample.client().send(request, BodyHandlers.ofInputStream());
    try (var body = response.body()) {
      assertThat(new String(body.readNBytes(9), UTF_8)).isEqualTo("data: 1\n\n");
      seen.countDown();
      assertThat(new String(body.readAllBytes(), UTF_8)).isEqualTo("data: 2\n\n");
    }
  }

  @Test
  void anUploadArrivesWhileTheCallerStillSends() throws Exception {
    var arrived = new CountDownLatch(1);
    upstream.beforeBodysEnd(arrived);
    upstream.answers(exchange -> exchange.write(PLAIN));
    try (var socket = connect()) {
      var out = socket.getOutputStream();
      out.write(
          "POST /app/v1/files HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 10\r\n\r\n01234"
              .getBytes(ISO_8859_1));
      out.flush();
      assertThat(arrived.await(30, TimeUnit.SECONDS)).isTrue();
      out.write("56789".getBytes(ISO_8859_1));
      out.flush();
      assertThat(new String(socket.getInputStream().readAllBytes(), ISO_8859_1)).endsWith("ok");
    }
    assertThat(upstream.lastBody()).isEqualTo("0123456789");
  }

  @Test
  void aLargeChunkedUploadArrivesWhole() throws Exception {
    upstream.answers(exchange -> exchange.write(PLAIN));
    var text = "0123456789".repeat(300_000);
    var request =
        sample
            .request("/v1/files")
            .POST(
                BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(text.getBytes(UTF_8))))
            .build();
    assertThat(sample.client().send(request, BodyHandlers.ofString()).body()).isEqualTo("ok");
    assertThat(upstream.lastBody()).isEqualTo(text);
  }

  @Test
  void interimAnswersAreNotTheAnswer() throws Exception {
    upstream.answers(
        exchange -> exchange.write("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + PLAIN));
    var request = sample.request("/v1/files").POST(BodyPublishers.ofString("{}")).build();
    assertThat(sample.client().send(request, BodyHandlers.ofString()).body()).isEqualTo("ok");
  }

  @Test
  void anUpstreamThatAnswersBeforeTheUploadsEndIsHeard() throws Exception {
    upstream.answersBeforeBody(
        "HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
    var request =
        sample.request("/v1/files").POST(BodyPublishers.ofString("x".repeat(200_000))).build();
    assertThat(sample.client().send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(413);
  }

  @Test
  void anUpstreamThatIsDownIsA502InTheShapeOfOpenAi() throws Exception {
    var down = new FakeUpstream();
    down.close();
    try (var lonely = RunningSample.start("/", Map.of("OPENAI_BASE_URL", down.uri("/v1")))) {
      for (var body : List.of("", "{}")) {
        var response = lonely.post("/v1/chat/completions", body);
        assertThat(response.statusCode()).isEqualTo(502);
        var error = RunningSample.JSON.readTree(response.body()).path("error");
        assertThat(error.path("type").textValue()).isEqualTo("server_error");
        assertThat(error.path("code").textValue()).isEqualTo("upstream_unreachable");
        assertThat(error.path("param").isNull()).isTrue();
        assertThat(error.path("message").textValue()).contains(down.authority());
      }
    }
  }

  @Test
  void anUpstreamThatHangsUpIsA502Too() throws Exception {
    upstream.answers(exchange -> exchange.write(""));
    assertThat(sample.post("/v1/chat/completions", "{}").statusCode()).isEqualTo(502);
  }

  @Test
  void halfAnAnswerDoesNotLookLikeAWholeOne() {
    upstream.answers(
        exchange ->
            exchange.write(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\ndata: 1\n\n\r\n"));
    assertThatThrownBy(() -> sample.get("/v1/models")).isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"api.openai.com", "ftp://x/v1", "http:///v1", "http://x y/", "https://x/?q"})
  void aBaseUrlThatIsNoneStopsTheStart(String url) {
    assertThatThrownBy(() -> RunningSample.start("/", Map.of("OPENAI_BASE_URL", url)))
        .hasStackTraceContaining("OPENAI_BASE_URL must be an http or https URL");
  }

  private static Socket connect() throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), sample.uri("/").getPort());
  }

  private static String raw(String request) throws IOException {
    try (var socket = connect()) {
      socket.getOutputStream().write(crlf(request).getBytes(ISO_8859_1));
      return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
    }
  }

  private static String crlf(String message) {
    return message.replace("\n", "\r\n");
  }

  /** Serves one connection after the other, byte by byte, so that tests see what really came. */
  private static final class FakeUpstream implements AutoCloseable {
    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private volatile Answer answer = exchange -> exchange.write(PLAIN);
    private volatile String early = "";
    private volatile CountDownLatch firstHalf = new CountDownLatch(1);
    private volatile List<String> head = List.of();
    private volatile String body = "";

    private interface Answer {
      void to(Exchange exchange) throws Exception;
    }

    private record Exchange(Socket socket) {
      /** Says that the connection is over, as it is, or the next request may be sent on it. */
      void write(String text) throws IOException {
        var closing = text.replaceFirst("^(HTTP/1\\.1 [2-5].*\r\n)", "$1Connection: close\r\n");
        socket.getOutputStream().write(closing.getBytes(ISO_8859_1));
        socket.getOutputStream().flush();
      }
    }

    FakeUpstream() throws IOException {
      var thread = new Thread(this::serve, "fake-upstream");
      thread.setDaemon(true);
      thread.start();
    }

    void answers(Answer next) {
      answer = next;
    }

    void answersBeforeBody(String response) {
      early = response;
    }

    void beforeBodysEnd(CountDownLatch latch) {
      firstHalf = latch;
    }

    String authority() {
      return "127.0.0.1:" + server.getLocalPort();
    }

    String uri(String path) {
      return "http://" + authority() + path;
    }

    String lastRequestLine() {
      return head.get(0);
    }

    List<String> lastHead() {
      return head;
    }

    String lastBody() {
      return body;
    }

    private void serve() {
      while (!server.isClosed()) {
        try (var socket = server.accept()) {
          var in = socket.getInputStream();
          head = readHead(in).lines().toList();
          if (!early.isEmpty()) {
            new Exchange(socket).write(early);
            early = "";
            in.transferTo(OutputStream.nullOutputStream());
            continue;
          }
          body = readBody(in);
          answer.to(new Exchange(socket));
        } catch (Exception e) {
          // This connection is over; the test will notice what it misses.
        }
      }
    }

    private static String readHead(InputStream in) throws IOException {
      var text = new StringBuilder();
      while (text.indexOf("\r\n\r\n") == -1) {
        var next = in.read();
        if (next == -1) {
          throw new IOException("no request");
        }
        text.append((char) next);
      }
      return text.toString().strip();
    }

    private String readBody(InputStream in) throws IOException {
      var text = new StringBuilder();
      if (header("transfer-encoding").equals("chunked")) {
        for (var size = chunkSize(in); size > 0; size = chunkSize(in)) {
          text.append(new String(in.readNBytes(size), ISO_8859_1));
          in.readNBytes(2);
        }
        return text.toString();
      }
      var length =
          header("content-length").isEmpty() ? 0 : Integer.parseInt(header("content-length"));
      text.append(new String(in.readNBytes(length / 2), ISO_8859_1));
      firstHalf.countDown();
      return text.append(new String(in.readNBytes(length - length / 2), ISO_8859_1)).toString();
    }

    private static int chunkSize(InputStream in) throws IOException {
      var line = new StringBuilder();
      while (line.indexOf("\r\n") == -1) {
        line.append((char) in.read());
      }
      return Integer.parseInt(line.toString().strip(), 16);
    }

    private String header(String name) {
      return head.stream()
          .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name + ":"))
          .map(line -> line.substring(name.length() + 1).strip())
          .findFirst()
          .orElse("");
    }

    @Override
    public void close() throws IOException {
      server.close();
    }
  }
}

package io.bifrostfilter;

import static io.bifrostfilter.testing.TestApp.CHAT;
import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.testing.EmbeddedServer;
import io.bifrostfilter.testing.HandlerKind;
import io.bifrostfilter.testing.MatrixReport;
import io.bifrostfilter.testing.Protocol;
import io.bifrostfilter.testing.SelfSigned;
import io.bifrostfilter.testing.TestApp;
import io.bifrostfilter.testing.TestApp.Reply;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever server the class path has, however it is reached, and whichever way the handler answers.
 * The build runs this class once for each class path; the system property {@code
 * expected.containers} says what should be on it.
 */
@ParameterizedClass
@MethodSource("io.bifrostfilter.testing.EmbeddedServer#onTheClassPath")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ContainerMatrixTest {

  /** More than any buffer on the way, so that those who do not block have to wait. */
  private static final String BODY =
      "{\"model\":\"openai/gpt-4\",\"messages\":[{\"role\":\"user\",\"content\":\""
          + "x".repeat(200_000)
          + "\"}]}";

  private static final String ROUTE = "chat/completions";

  @TempDir static Path directory;

  @Parameter EmbeddedServer server;

  private final Queue<Seen> seen = new ConcurrentLinkedQueue<>();
  private MatrixReport report;
  private TestApp app;

  /** A request as it reached the handler. */
  private record Seen(
      DispatcherType type, @Nullable Object jobId, String scheme, int port, int length) {}

  @BeforeParameterizedClassInvocation
  void start(EmbeddedServer server) throws Exception {
    report = new MatrixReport(server.name());
    app =
        TestApp.on(server)
            .everyProtocol(SelfSigned.in(Files.createTempDirectory(directory, "tls")))
            .start(this::handle);
  }

  @BeforeEach
  void forget() {
    seen.clear();
  }

  @AfterParameterizedClassInvocation
  void stop() throws IOException {
    app.close();
    report.write();
  }

  @Test
  void itRunsOnTheServerThatItIsSaidToRunOn() {
    String expected = System.getProperty("expected.containers");
    Assumptions.assumeTrue(expected != null, "expected.containers does not say on which");
    try (var info =
        TestApp.on(server)
            .start(
                (request, response) ->
                    response.getWriter().print(request.getServletContext().getServerInfo()))) {
      assertThat(EmbeddedServer.onTheClassPath().stream().map(EmbeddedServer::name))
          .containsExactly(expected.split(", ", -1));
      assertThat(info.get("/").text())
          .containsIgnoringCase(server.name().split(" ", -1)[0])
          .endsWith(server.version());
    }
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("protocolsAndHandlers")
  void aJobEndsAsThePlainRequestDoesAndItsHandlerSeesItOnce(
      Protocol protocol, HandlerKind handler) {
    if (!protocol.isAvailable()) {
      report.skipped(protocol, handler);
      Assumptions.abort("this machine cannot do " + protocol);
    }
    report.failed(protocol, handler);
    TestApp over = app.over(protocol);
    boolean answers = handler != HandlerKind.THROWING;
    String query = "?handler=" + handler.name();

    Reply plain = over.post(CHAT + query, BODY);
    assertThat(plain.status()).isEqualTo(answers ? 200 : 500);
    assertThat(seen).containsExactlyElementsOf(expected(over, protocol, handler, null));
    seen.clear();

    String byPath = over.submit(ROUTE + query, BODY);
    Reply envelope = over.whenDone(ROUTE, byPath);
    assertThat(envelope.status()).isEqualTo(200);
    assertThat(envelope.json().path("id").asText()).isEqualTo(byPath);
    assertThat(envelope.json().path("status").asText()).isEqualTo(answers ? "completed" : "failed");
    assertThat(envelope.json().path("status_code").asInt()).isEqualTo(plain.status());
    assertThat(seen).containsExactlyElementsOf(expected(over, protocol, handler, byPath));
    seen.clear();

    Reply submit = over.post(CHAT + query, BODY, "x-bf-async", "true");
    assertThat(submit.status()).isEqualTo(200);
    String byHeader = submit.header("x-bf-async-id");
    Reply result = over.post(CHAT + query, "", "x-bf-async-id", byHeader, "Prefer", "wait=20");
    assertThat(result.status()).isEqualTo(plain.status());
    assertThat(result.header("x-bf-async-status")).isEqualTo(answers ? "completed" : "failed");
    assertThat(seen).containsExactlyElementsOf(expected(over, protocol, handler, byHeader));

    if (answers) {
      assertThat(plain.text()).isEqualTo(BODY);
      assertThat(envelope.json().path("result")).isEqualTo(plain.json());
      assertThat(result.text()).isEqualTo(BODY);
    } else {
      assertThat(envelope.json().at("/error/is_bifrost_error").asBoolean(true)).isFalse();
    }
    report.passed(protocol, handler);
  }

  static Stream<Arguments> protocolsAndHandlers() {
    return Stream.of(Protocol.values())
        .flatMap(
            protocol ->
                Stream.of(HandlerKind.values()).map(handler -> Arguments.of(protocol, handler)));
  }

  private void handle(HttpServletRequest request, HttpServletResponse response)
      throws IOException, ServletException {
    seen.add(
        new Seen(
            request.getDispatcherType(),
            request.getAttribute(AsyncJobFilter.JOB_ID_ATTRIBUTE),
            request.getScheme(),
            request.getLocalPort(),
            request.getContentLength()));
    String query = request.getQueryString();
    HandlerKind.valueOf(query.substring(query.indexOf('=') + 1)).handle(request, response);
  }

  /** The same end of the server for a job as for its submit. */
  private static List<Seen> expected(
      TestApp over, Protocol protocol, HandlerKind handler, @Nullable String jobId) {
    var expected = new ArrayList<Seen>();
    for (DispatcherType type :
        handler == HandlerKind.FORWARDING
            ? List.of(DispatcherType.REQUEST, DispatcherType.FORWARD)
            : List.of(DispatcherType.REQUEST)) {
      expected.add(new Seen(type, jobId, protocol.scheme(), over.port(), BODY.length()));
    }
    return expected;
  }
}

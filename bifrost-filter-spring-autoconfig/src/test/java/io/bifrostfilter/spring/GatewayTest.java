package io.bifrostfilter.spring;

import static io.bifrostfilter.spring.BootApp.CHAT;
import static io.bifrostfilter.spring.BootApp.CHAT_BODY;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.springframework.context.annotation.Configuration;

/** An application whose only handler is a route of Spring Cloud Gateway to somewhere else. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@EnabledIfSystemProperty(
    named = "expected.gateway",
    matches = ".+",
    disabledReason = "there is no Spring Cloud Gateway on this class path")
@DisplayName("Spring Cloud Gateway Server MVC as the handler")
class GatewayTest {

  private final Queue<Seen> seen = new ConcurrentLinkedQueue<>();
  private HttpServer upstream;
  private BootApp app;

  /** A request as it came to the end of the route. */
  private record Seen(String path, String body, List<String> asyncHeaders) {}

  @Configuration(proxyBeanMethods = false)
  static class NoHandlers {}

  @BeforeAll
  void start() throws IOException {
    upstream = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    upstream.createContext("/", this::answer);
    upstream.start();
    String route = "spring.cloud.gateway.server.webmvc.routes[0].";
    app =
        BootApp.start(
            NoHandlers.class,
            route + "id=models",
            route + "uri=http://127.0.0.1:" + upstream.getAddress().getPort(),
            route + "predicates[0]=Path=/v1/**");
  }

  @AfterAll
  void stop() {
    if (app != null) {
      app.close();
    }
    upstream.stop(0);
  }

  @BeforeEach
  void forget() {
    seen.clear();
  }

  @Test
  void aJobGoesThroughTheRouteOnce() {
    var job = app.whenDone(app.submitChat());

    assertThat(job.path("status").asText()).isEqualTo("completed");
    assertThat(job.path("result").path("id").asText()).isEqualTo("chatcmpl-upstream");
    assertThat(seen).containsExactly(new Seen(CHAT, CHAT_BODY, List.of()));
  }

  @Test
  void aJobByHeaderGoesThroughTheRouteOnce() {
    var submitted = app.post(CHAT, CHAT_BODY, "x-bf-async", "true");
    var id = submitted.header("x-bf-async-id");
    var done = app.post(CHAT, CHAT_BODY, "x-bf-async-id", id, "Prefer", "wait=20");

    assertThat(done.status()).isEqualTo(200);
    assertThat(done.json()).isEqualTo(app.post(CHAT, CHAT_BODY).json());
    assertThat(seen)
        .as("the job, and the plain request")
        .containsExactly(
            new Seen(CHAT, CHAT_BODY, List.of()), new Seen(CHAT, CHAT_BODY, List.of()));
  }

  @Test
  void whatTheOtherEndRefusesIsTheFailure() {
    var job = app.whenDone(app.submitChat("x-refuse", "yes"));

    assertThat(job.path("status").asText()).isEqualTo("failed");
    assertThat(job.path("status_code").asInt()).isEqualTo(429);
    assertThat(job.at("/error/error/message").asText()).isEqualTo("slow down");
  }

  private void answer(HttpExchange exchange) throws IOException {
    var headers = exchange.getRequestHeaders();
    seen.add(
        new Seen(
            exchange.getRequestURI().getPath(),
            new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8),
            headers.keySet().stream()
                .filter(name -> name.toLowerCase(java.util.Locale.ROOT).startsWith("x-bf"))
                .toList()));
    boolean refuse = headers.containsKey("x-refuse");
    byte[] body =
        (refuse ? "{\"error\":{\"message\":\"slow down\"}}" : "{\"id\":\"chatcmpl-upstream\"}")
            .getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "application/json");
    exchange.sendResponseHeaders(refuse ? 429 : 200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }
}

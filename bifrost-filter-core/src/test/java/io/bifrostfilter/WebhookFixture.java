package io.bifrostfilter;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.standardwebhooks.Webhook;
import io.bifrostfilter.testing.Container;
import io.bifrostfilter.testing.Handler;
import io.bifrostfilter.testing.Receiver;
import io.bifrostfilter.testing.Receiver.Received;
import io.bifrostfilter.testing.TestApp;
import io.bifrostfilter.testing.TestApp.Reply;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/** An application with webhooks, an administrator, a receiver, and a clock that stands still. */
final class WebhookFixture implements AutoCloseable {

  static final String TOKEN = "an-administrators-token";
  static final String[] ADMIN = {"Authorization", "Bearer " + TOKEN};

  private static final int CALLERS = 8;

  /** An endpoint that is told of nothing. */
  private static final String BELL = "bell";

  private static final ObjectMapper MAPPER = new ObjectMapper();

  final MovableClock clock = new MovableClock(Instant.now());
  final Receiver receiver = new Receiver();

  /** What names lead to; all others lead to a public address that nobody answers at. */
  final Map<String, List<InetAddress>> names = new ConcurrentHashMap<>();

  /** What happens before a name is looked up. */
  final Map<String, Hook> beforeLookups = new ConcurrentHashMap<>();

  final TestApp app;
  private boolean hasBell;

  WebhookFixture() {
    this(Handler.answeringJson("{\"id\":\"chatcmpl-1\",\"big\":1.10}"), config -> {});
  }

  WebhookFixture(Handler handler, Consumer<AsyncJobsConfig.Builder> change) {
    app =
        TestApp.on(Container.JETTY)
            .config(config -> change.accept(config.webhooksAdminToken(TOKEN)))
            .jobs(jobs -> jobs.clock(clock).resolver(this::resolve))
            .start(handler);
  }

  private List<InetAddress> resolve(String host) throws UnknownHostException {
    Hook hook = beforeLookups.get(host);
    if (hook != null) {
      try {
        hook.run();
      } catch (InterruptedException e) {
        throw new UnknownHostException(host);
      }
    }
    return names.getOrDefault(host, List.of(InetAddress.getByName("192.0.43.8")));
  }

  interface Hook {

    void run() throws InterruptedException;
  }

  @Override
  public void close() {
    app.close();
    receiver.close();
  }

  static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  /** An endpoint that leads to the receiver. */
  ObjectNode endpoint(String name) {
    ObjectNode endpoint = MAPPER.createObjectNode();
    endpoint.put("name", name).put("url", receiver.url()).put("allow_private_network", true);
    endpoint.putArray("events").add("async_job.completed").add("async_job.failed");
    return endpoint;
  }

  /** Makes an endpoint, and returns it with its secret. */
  Made make(ObjectNode endpoint) {
    Reply reply = app.post("/api/webhooks", endpoint.toString(), ADMIN);
    assertThat(reply.status()).as(reply.text()).isEqualTo(201);
    return new Made(
        reply.json().path("endpoint").path("id").asText(), reply.json().path("secret").asText());
  }

  record Made(String id, String secret) {}

  JsonNode read(String id) {
    Reply reply = app.get("/api/webhooks/" + id, ADMIN);
    assertThat(reply.status()).isEqualTo(200);
    return reply.json();
  }

  /**
   * Moves the clock, and has the dispatcher look at it, as it does when anything is queued; it
   * would within a second anyway.
   */
  void advance(Duration duration) {
    clock.advance(duration);
    if (!hasBell) {
      ObjectNode bell = endpoint(BELL);
      bell.putArray("events").add("async_job.failed");
      make(bell);
      hasBell = true;
    }
    submit(BELL);
  }

  /** Submits a chat whose end the endpoint is told of. */
  String submit(String endpoint, String... headers) {
    var all = new ArrayList<>(List.of(headers));
    all.addAll(List.of("x-bf-async-webhook", endpoint));
    return app.submitChat(all.toArray(String[]::new));
  }

  /** Submits so many chats, several at a time. */
  void submitMany(String endpoint, int count) throws InterruptedException, ExecutionException {
    Callable<String> one = () -> submit(endpoint);
    ExecutorService callers = Executors.newFixedThreadPool(CALLERS);
    try {
      for (Future<String> each : callers.invokeAll(Collections.nCopies(count, one))) {
        each.get();
      }
    } finally {
      callers.shutdownNow();
    }
  }

  /** The history of an endpoint, newest first, as soon as it has that many attempts. */
  List<JsonNode> attempts(String id, int count) {
    while (true) {
      Reply reply = app.get("/api/webhooks/" + id + "/deliveries?limit=500", ADMIN);
      assertThat(reply.status()).isEqualTo(200);
      var attempts = new ArrayList<JsonNode>();
      reply.json().path("deliveries").forEach(attempts::add);
      if (attempts.size() >= count) {
        return attempts;
      }
    }
  }

  /** Fails unless the official library finds the signature in order. */
  static void verify(Received received, String secret) throws Exception {
    HttpHeaders headers =
        HttpHeaders.of(
            Map.of(
                "webhook-id", List.of(received.header("webhook-id")),
                "webhook-timestamp", List.of(received.header("webhook-timestamp")),
                "webhook-signature", List.of(received.header("webhook-signature"))),
            (name, value) -> true);
    new Webhook(secret).verify(received.text(), headers);
  }
}

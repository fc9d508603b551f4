package io.bifrostfilter.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bifrostfilter.AsyncJobs;
import io.bifrostfilter.AsyncJobsConfig;
import jakarta.servlet.Filter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** An application with the filter in front of it, on a real server, and a client to talk to it. */
public final class TestApp implements AutoCloseable {

  public static final String CHAT = "/v1/chat/completions";
  public static final String CHAT_BODY =
      "{\"model\":\"openai/gpt-4\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final EmbeddedServer.Running server;
  private final String contextPath;
  private final Protocol protocol;
  private final HttpClient client;

  private TestApp(
      EmbeddedServer.Running server, String contextPath, Protocol protocol, HttpClient client) {
    this.server = server;
    this.contextPath = contextPath;
    this.protocol = protocol;
    this.client = client;
  }

  public static Builder on(Container container) {
    return on(container.server());
  }

  public static Builder on(EmbeddedServer server) {
    return new Builder(server);
  }

  /** What a test wants to be different. */
  public static final class Builder {

    private final EmbeddedServer server;
    private final AsyncJobs.Builder jobs = AsyncJobs.builder();
    private final AsyncJobsConfig.Builder config =
        AsyncJobsConfig.builder().drainTimeout(Duration.ofMillis(100));
    private final List<Filter> before = new ArrayList<>();
    private final List<Filter> after = new ArrayList<>();
    private final Set<Protocol> protocols = EnumSet.of(Protocol.HTTP);
    private @Nullable SelfSigned certificate;
    private String contextPath = "";
    private Consumer<AsyncJobs> onBuilt = built -> {};

    private Builder(EmbeddedServer server) {
      this.server = server;
    }

    public Builder config(Consumer<AsyncJobsConfig.Builder> change) {
      change.accept(config);
      return this;
    }

    public Builder jobs(Consumer<AsyncJobs.Builder> change) {
      change.accept(jobs);
      return this;
    }

    public Builder contextPath(String path) {
      contextPath = path;
      return this;
    }

    /** Listens on every protocol that this machine has, and not only on plain HTTP. */
    public Builder everyProtocol(SelfSigned withCertificate) {
      Stream.of(Protocol.values()).filter(Protocol::isAvailable).forEach(protocols::add);
      certificate = withCertificate;
      return this;
    }

    /** A filter of the application's that comes before ours. */
    public Builder filterBefore(Filter filter) {
      before.add(filter);
      return this;
    }

    /** For a test that must hold the parts behind the filter. */
    public Builder onBuilt(Consumer<AsyncJobs> receiver) {
      onBuilt = receiver;
      return this;
    }

    public Builder filterAfter(Filter filter) {
      after.add(filter);
      return this;
    }

    public TestApp start(Handler handler) {
      var filters = new ArrayList<>(before);
      AsyncJobs built = jobs.config(config.build()).build();
      onBuilt.accept(built);
      filters.add(built.filter());
      filters.addAll(after);
      try {
        var client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE);
        if (certificate != null) {
          client.sslContext(certificate.clientContext());
        }
        return new TestApp(
            server.start(new WebApp(contextPath, filters, handler), protocols, certificate),
            contextPath,
            Protocol.HTTP,
            client.build());
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** The same application, to be talked to in another way; either may be closed. */
  public TestApp over(Protocol other) {
    return new TestApp(server, contextPath, other, client);
  }

  public int port() {
    return server.ports().get(protocol);
  }

  public URI uri(String path) {
    return URI.create(
        protocol.scheme() + "://" + protocol.host() + ":" + port() + contextPath + path);
  }

  /** A request to be changed and sent. */
  public HttpRequest.Builder request(String method, String path, @Nullable String body) {
    var publisher =
        body == null
            ? HttpRequest.BodyPublishers.noBody()
            : HttpRequest.BodyPublishers.ofString(body);
    var request = HttpRequest.newBuilder(uri(path)).timeout(PATIENCE).method(method, publisher);
    return body == null ? request : request.header("Content-Type", "application/json");
  }

  public Reply send(HttpRequest.Builder request) {
    try {
      return new Reply(client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  public Reply send(String method, String path, @Nullable String body, String... headers) {
    var request = request(method, path, body);
    return send(headers.length == 0 ? request : request.headers(headers));
  }

  public Reply post(String path, String body, String... headers) {
    return send("POST", path, body, headers);
  }

  public Reply get(String path, String... headers) {
    return send("GET", path, null, headers);
  }

  /** Submits to the path surface and returns the job's id. */
  public String submit(String route, String body, String... headers) {
    Reply reply = post("/v1/async/" + route, body, headers);
    if (reply.status() != 202) {
      throw new AssertionError("not accepted: " + reply.status() + " " + reply.text());
    }
    return reply.json().path("id").asText();
  }

  public String submitChat(String... headers) {
    return submit("chat/completions", CHAT_BODY, headers);
  }

  /** The envelope of a job, once it is done. */
  public Reply whenDone(String route, String id, String... headers) {
    while (true) {
      var withWait = new ArrayList<>(List.of(headers));
      withWait.addAll(List.of("Prefer", "wait=20"));
      Reply reply = get("/v1/async/" + route + "/" + id, withWait.toArray(String[]::new));
      if (reply.status() != 202) {
        return reply;
      }
    }
  }

  public Reply whenChatDone(String id, String... headers) {
    return whenDone("chat/completions", id, headers);
  }

  /** A bare connection, for what no client would do. */
  public Socket connect() throws IOException {
    var socket = new Socket(protocol.address(), port());
    socket.setSoTimeout((int) PATIENCE.toMillis());
    return socket;
  }

  public HttpClient client() {
    return client;
  }

  /** Stops the application, and leaves the server as it is. */
  public void undeploy() throws Exception {
    server.undeploy().run();
  }

  @Override
  public void close() {
    try {
      server.stop().run();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** What came back. */
  public record Reply(HttpResponse<byte[]> response) {

    public int status() {
      return response.statusCode();
    }

    public byte[] bytes() {
      return response.body();
    }

    public String text() {
      return new String(response.body(), StandardCharsets.UTF_8);
    }

    public JsonNode json() {
      try {
        return MAPPER.readTree(response.body());
      } catch (IOException e) {
        throw new UncheckedIOException(text(), e);
      }
    }

    /** The value of the first field of that name, or "". */
    public String header(String name) {
      return response.headers().firstValue(name).orElse("");
    }

    public List<String> headers(String name) {
      return response.headers().allValues(name);
    }
  }
}

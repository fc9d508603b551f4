package io.bifrostfilter.sample.launcher;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/** The web app on a Jetty of its own, at a free port, with a client to talk to it. */
public final class RunningSample implements AutoCloseable {
  public static final ObjectMapper JSON = new ObjectMapper();
  static final Path WEB_ROOT = Path.of("src/main/webapp");

  private final Stop stop;
  private final URI uri;
  private final Arrivals arrivals;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  RunningSample(Stop stop, URI uri) {
    this(stop, uri, new Arrivals());
  }

  private RunningSample(Stop stop, URI uri, Arrivals arrivals) {
    this.stop = stop;
    this.uri = uri;
    this.arrivals = arrivals;
  }

  /** With the embedded engine. */
  public static RunningSample start() throws Exception {
    return start("/", Map.of());
  }

  public static RunningSample start(String contextPath, Map<String, String> parameters)
      throws Exception {
    var server = SampleServer.create(0, WEB_ROOT, contextPath, parameters);
    var arrivals = new Arrivals();
    server.insertHandler(arrivals);
    server.start();
    var root = URI.create("http://127.0.0.1:" + server.getURI().getPort() + contextPath);
    return new RunningSample(server::stop, root, arrivals);
  }

  /** Under the context path, whether the path given begins with a slash or not. */
  public URI uri(String path) {
    var root = uri.toString().replaceAll("/$", "");
    return URI.create(root + (path.startsWith("/") ? path : "/" + path));
  }

  /** How many requests have come in with this header, played back ones included. */
  public long arrivalsWith(String header, String value) {
    return arrivals.headers.stream().filter(fields -> fields.contains(header, value)).count();
  }

  public HttpClient client() {
    return client;
  }

  public HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(uri(path)).timeout(Duration.ofSeconds(30));
  }

  public HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return client.send(request(path).build(), BodyHandlers.ofString());
  }

  /** Posts JSON, written with single quotes for the sake of the reader. */
  public HttpResponse<String> post(String path, String json)
      throws IOException, InterruptedException {
    return client.send(
        request(path).POST(BodyPublishers.ofString(json.replace('\'', '"'))).build(),
        BodyHandlers.ofString());
  }

  /** What a post answers, which must be a 200. */
  public JsonNode answer(String path, String json) throws IOException, InterruptedException {
    var response = post(path, json);
    if (response.statusCode() != 200) {
      throw new AssertionError(response.statusCode() + ": " + response.body());
    }
    return JSON.readTree(response.body());
  }

  @Override
  public void close() {
    try {
      stop.stop();
    } catch (Exception e) {
      throw new IllegalStateException("The server did not stop", e);
    }
  }

  /** Keeps the headers of all requests, before the app sees them. */
  private static final class Arrivals extends Handler.Wrapper {
    private final Queue<HttpFields> headers = new ConcurrentLinkedQueue<>();

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
      headers.add(request.getHeaders().asImmutable());
      return super.handle(request, response, callback);
    }
  }

  /** Ends the server. */
  interface Stop {
    void stop() throws Exception;
  }
}

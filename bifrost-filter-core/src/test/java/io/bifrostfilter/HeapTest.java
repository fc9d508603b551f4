package io.bifrostfilter;

import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.testing.Container;
import io.bifrostfilter.testing.Handler;
import io.bifrostfilter.testing.TestApp;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * More than fits into memory is refused, and the server lives. Runs the server in a VM with a small
 * heap.
 */
class HeapTest {

  private static final int REQUESTS = 200;
  private static final int REQUEST_SIZE = 5_000_000;

  @ParameterizedTest
  @EnumSource(Container.class)
  void twoHundredRequestsOf5MegabytesAtOnceAreAcceptedOrRefusedOn512Megabytes(Container container)
      throws Exception {
    Process server =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-XX:+ExitOnOutOfMemoryError",
                "-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"),
                "-cp",
                System.getProperty("java.class.path"),
                Server.class.getName(),
                container.name())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      var out =
          new BufferedReader(
              new InputStreamReader(server.getInputStream(), StandardCharsets.UTF_8));
      var base = URI.create("http://127.0.0.1:" + out.readLine());
      var client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
      byte[] body = new byte[REQUEST_SIZE];
      Arrays.fill(body, (byte) ' ');
      body[0] = '{';
      body[REQUEST_SIZE - 1] = '}';

      Map<Integer, Integer> answers = new HashMap<>();
      var submits = new ArrayList<CompletableFuture<HttpResponse<String>>>();
      for (int i = 0; i < REQUESTS; i++) {
        submits.add(
            client.sendAsync(
                post(base, "/any").POST(HttpRequest.BodyPublishers.ofByteArray(body)).build(),
                HttpResponse.BodyHandlers.ofString()));
      }
      for (var submit : submits) {
        // A server that refuses a body need not read it; some clients then see the connection end
        // before the answer.
        int status = submit.handle((reply, cut) -> reply == null ? -1 : reply.statusCode()).join();
        answers.merge(status, 1, Integer::sum);
      }
      assertThat(answers.keySet()).isSubsetOf(200, 413, 503, -1);
      assertThat(answers.get(200)).isPositive();
      assertThat(server.isAlive()).isTrue();
      var small =
          client.send(
              post(base, "/any").POST(HttpRequest.BodyPublishers.ofString("{}")).build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(small.statusCode()).isIn(200, 503);
    } finally {
      server.destroyForcibly().waitFor();
    }
  }

  private static HttpRequest.Builder post(URI base, String path) {
    return HttpRequest.newBuilder(base.resolve(path))
        .timeout(Duration.ofMinutes(2))
        .header("Content-Type", "application/json")
        .header("x-bf-async", "true");
  }

  /** Prints its port, and serves until it is killed. */
  static final class Server {

    private Server() {}

    public static void main(String[] args) {
      var app = TestApp.on(Container.valueOf(args[0])).start(Handler.answeringJson("{}"));
      System.out.println(app.port());
    }
  }
}

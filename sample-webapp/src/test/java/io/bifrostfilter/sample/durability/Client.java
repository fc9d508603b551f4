package io.bifrostfilter.sample.durability;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/** Submits and polls, as a caller with a credential would. For many threads. */
final class Client {

  private static final String PATH = "/v1/async/chat/completions";
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int THREADS = 8;

  /** A node looks for a silent store for five seconds; the rest is for a busy machine. */
  private static final Duration AT_ONCE = Duration.ofSeconds(15);

  private static final long RETRY_AFTER_MILLIS = 500;

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  /** The id of the job, if the node answered that it took it. */
  Optional<String> submit(Node node, String key, int delayMillis) {
    return accepted(submission(node, key, delayMillis).build());
  }

  /** The same, of a job whose end an endpoint is told of. */
  Optional<String> submit(Node node, String key, int delayMillis, String webhook) {
    return accepted(
        submission(node, key, delayMillis).header("x-bf-async-webhook", webhook).build());
  }

  private Optional<String> accepted(HttpRequest submit) {
    try {
      HttpResponse<String> answer = http.send(submit, BodyHandlers.ofString());
      return answer.statusCode() == 202 || answer.statusCode() == 200
          ? Optional.of(idIn(answer))
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What a node that is there says to a submit, whatever that is; it must not take long. */
  HttpResponse<String> answerToSubmit(Node node, String key, int delayMillis) {
    return answer(submission(node, key, delayMillis));
  }

  /** What a node that is there says to a poll, whatever that is. */
  HttpResponse<String> answerToPoll(Node node, String id, int waitSeconds) {
    return answer(request(node.uri(PATH + "/" + id)).header("Prefer", "wait=" + waitSeconds));
  }

  private HttpResponse<String> answer(HttpRequest.Builder request) {
    try {
      return http.send(request.timeout(AT_ONCE).build(), BodyHandlers.ofString());
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  static String idIn(HttpResponse<String> answer) {
    try {
      return JSON.readTree(answer.body()).path("id").textValue();
    } catch (IOException e) {
      throw new AssertionError(answer.body(), e);
    }
  }

  private static HttpRequest.Builder submission(Node node, String key, int delayMillis) {
    return request(node.uri(PATH))
        .header("Content-Type", "application/json")
        .header("Idempotency-Key", key)
        .header("x-sample-delay-ms", Integer.toString(delayMillis))
        .POST(
            BodyPublishers.ofString(
                """
                {"model":"bifrost-sample","max_tokens":8,
                 "messages":[{"role":"user","content":"s3cret-prompt %s"}]}
                """
                    .formatted(key)));
  }

  /** The id of the job, the submit being repeated until a node takes it. */
  String submitUntilAccepted(Node node, String key, int delayMillis) {
    Optional<String> id = submit(node, key, delayMillis);
    while (id.isEmpty()) {
      pause();
      id = submit(node, key, delayMillis);
    }
    return id.get();
  }

  /** The job once it is done, byte for byte; the node is asked again for as long as it takes. */
  String done(Node node, String id) {
    while (true) {
      var request = request(node.uri(PATH + "/" + id)).header("Prefer", "wait=20").build();
      try {
        HttpResponse<String> answer = http.send(request, BodyHandlers.ofString());
        if (answer.statusCode() == 200) {
          return answer.body();
        }
        if (answer.statusCode() == 503) {
          pause();
        } else if (answer.statusCode() != 202) {
          throw new AssertionError(id + ": " + answer.statusCode() + " " + answer.body());
        }
      } catch (IOException e) {
        throw new AssertionError(id, e);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  static String statusOf(String job) {
    try {
      JsonNode json = JSON.readTree(job);
      return json.path("status").textValue() + " " + json.path("status_code").intValue();
    } catch (IOException e) {
      throw new AssertionError(job, e);
    }
  }

  /** Does something for each number below {@code count}, several at a time, in order of start. */
  static <T> List<T> forEach(int count, IntFunction<T> action)
      throws InterruptedException, ExecutionException {
    var threads = Executors.newFixedThreadPool(THREADS);
    try {
      var results = new ArrayList<T>();
      for (var future :
          threads.invokeAll(
              IntStream.range(0, count)
                  .<Callable<T>>mapToObj(i -> () -> action.apply(i))
                  .toList())) {
        results.add(future.get());
      }
      return results;
    } finally {
      threads.shutdownNow();
    }
  }

  /** As a caller is asked to by {@code Retry-After}. */
  static void pause() {
    try {
      Thread.sleep(RETRY_AFTER_MILLIS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static HttpRequest.Builder request(URI uri) {
    return HttpRequest.newBuilder(uri)
        .timeout(Duration.ofSeconds(40))
        .header("Authorization", "Bearer s3cret-credential");
  }
}

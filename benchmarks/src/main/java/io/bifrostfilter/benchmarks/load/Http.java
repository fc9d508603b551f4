package io.bifrostfilter.benchmarks.load;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** One request at a time, for what comes before and after a measurement. */
public final class Http {

  private static final HttpClient CLIENT =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private Http() {}

  /**
   * @throws IllegalStateException if the answer is no 2xx
   */
  public static HttpResponse<byte[]> send(Load load) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(load.url())
            .method(load.method(), HttpRequest.BodyPublishers.ofString(load.body()));
    for (String header : load.headers()) {
      String[] nameAndValue = header.split(": ", 2);
      request.header(nameAndValue[0], nameAndValue[1]);
    }
    try {
      HttpResponse<byte[]> response =
          CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
      if (response.statusCode() / 100 != 2) {
        throw new IllegalStateException(load.url() + " answered " + response.statusCode());
      }
      return response;
    } catch (IOException e) {
      throw new IllegalStateException(load.url() + " did not answer", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /**
   * Submits a job.
   *
   * @return its id
   */
  public static String submit(Load load) {
    return send(load).headers().firstValue("x-bf-async-id").orElseThrow();
  }
}

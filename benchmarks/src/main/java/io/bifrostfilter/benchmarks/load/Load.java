package io.bifrostfilter.benchmarks.load;

import java.net.URI;
import java.util.List;

/**
 * One request, to be sent over and over.
 *
 * @param headers such as {@code Accept: text/plain}
 * @param body one line of text; empty for none
 */
public record Load(String method, URI url, List<String> headers, String body) {

  public static Load get(URI url, String... headers) {
    return new Load("GET", url, List.of(headers), "");
  }

  /** With a body that is JSON. */
  public static Load post(URI url, String body, String... headers) {
    return new Load("POST", url, List.of(headers), body).with("Content-Type: application/json");
  }

  public Load with(String header) {
    return new Load(
        method,
        url,
        java.util.stream.Stream.concat(headers.stream(), java.util.stream.Stream.of(header))
            .toList(),
        body);
  }
}

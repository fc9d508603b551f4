package io.bifrostfilter.benchmarks.load;

import java.net.URI;
import java.util.List;
import java.util.stream.Stream;

/**
 * One request, to be sent over and over.
 *
 * @param headers such as {@code Accept: text/plain}
 * @param body one line of text; empty for none
 * @param targets how many there are of it: its URL then ends with {@value #DIGITS} hexadecimal
 *     digits, and each request has any number below this there; 1 if it is always the same
 */
public record Load(String method, URI url, List<String> headers, String body, int targets) {

  /** That tell one target from another. */
  static final int DIGITS = 12;

  public static Load get(URI url, String... headers) {
    return new Load("GET", url, List.of(headers), "", 1);
  }

  /** With a body that is JSON. */
  public static Load post(URI url, String body, String... headers) {
    return new Load("POST", url, List.of(headers), body, 1).with("Content-Type: application/json");
  }

  public Load with(String header) {
    return new Load(
        method, url, Stream.concat(headers.stream(), Stream.of(header)).toList(), body, targets);
  }

  /** The same request of another server, or of another path. */
  public Load to(URI other) {
    return new Load(method, other, headers, body, targets);
  }

  /** Each time to any of so many. */
  public Load toAnyOf(int targets) {
    return new Load(method, url, headers, body, targets);
  }

  /** What is before the digits. */
  String prefix() {
    String whole = url.toString();
    return whole.substring(0, whole.length() - DIGITS);
  }
}

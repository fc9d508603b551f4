package io.bifrostfilter.benchmarks.server;

import io.bifrostfilter.job.Bytes;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;

/**
 * What a handler answers.
 *
 * @param headers but for those that the container sends by itself
 */
record Answer(int status, List<Header> headers, Bytes body) {

  private static final Set<String> THE_CONTAINERS_OWN =
      Set.of("connection", "content-length", "date", "keep-alive", "server", "transfer-encoding");

  /** One field. */
  record Header(String name, String value) {}

  static Answer json(byte[] body) {
    return new Answer(
        200, List.of(new Header("Content-Type", "application/json")), Bytes.wrap(body.clone()));
  }

  /** The same answer as another server gave. */
  static Answer like(HttpResponse<byte[]> response) {
    List<Header> headers =
        response.headers().map().entrySet().stream()
            .filter(field -> !THE_CONTAINERS_OWN.contains(field.getKey()))
            .flatMap(
                field -> field.getValue().stream().map(value -> new Header(field.getKey(), value)))
            .toList();
    return new Answer(response.statusCode(), headers, Bytes.wrap(response.body()));
  }

  /** On one line, as {@link #parse} reads it. */
  String line() {
    var line = new StringBuilder(Integer.toString(status));
    for (Header header : headers) {
      line.append(' ').append(encoded(header.name())).append(' ').append(encoded(header.value()));
    }
    return line.append(' ').append(encoded(body)).toString();
  }

  static Answer parse(String line) {
    String[] words = line.split(" ", -1);
    int last = words.length - 1;
    var headers = new ArrayList<Header>();
    for (int i = 1; i < last; i += 2) {
      headers.add(new Header(decoded(words[i]), decoded(words[i + 1])));
    }
    return new Answer(
        Integer.parseInt(words[0]),
        List.copyOf(headers),
        Bytes.wrap(Base64.getDecoder().decode(words[last])));
  }

  private static String encoded(String text) {
    return encoded(Bytes.of(text));
  }

  private static String encoded(Bytes bytes) {
    return StandardCharsets.ISO_8859_1
        .decode(Base64.getEncoder().encode(bytes.asReadOnlyBuffer()))
        .toString();
  }

  private static String decoded(String text) {
    return new String(Base64.getDecoder().decode(text), StandardCharsets.UTF_8);
  }
}

package io.bifrostfilter.sample.proxy;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.jetty.http.HttpFields;

/** Which headers pass a proxy (RFC 9110 section 7.6.1). Stateless. */
final class Headers {
  private static final Set<String> HOP_BY_HOP =
      Set.of(
          "connection",
          "keep-alive",
          "proxy-authenticate",
          "proxy-authorization",
          "proxy-connection",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade");

  private static final List<String> CREDENTIALS =
      List.of("Authorization", "x-api-key", "api-key", "x-goog-api-key", "x-bf-vk");

  private Headers() {}

  /** Copies the caller's headers, repeats included, and adds our key if the caller has none. */
  static void copy(HttpServletRequest from, HttpFields.Mutable to, Optional<String> apiKey) {
    var dropped = dropped(Collections.list(from.getHeaders("Connection")).stream());
    for (var name : Collections.list(from.getHeaderNames())) {
      var lower = name.toLowerCase(Locale.ROOT);
      // Host is the upstream's; Expect was for the connection to us, and answered.
      if (!dropped.contains(lower) && !lower.equals("host") && !lower.equals("expect")) {
        Collections.list(from.getHeaders(name)).forEach(value -> to.add(name, value));
      }
    }
    if (CREDENTIALS.stream().allMatch(name -> from.getHeader(name) == null)) {
      apiKey.ifPresent(key -> to.put("Authorization", "Bearer " + key));
    }
  }

  /** Copies the upstream's headers, repeats included. */
  static void copy(HttpFields from, HttpServletResponse to) {
    var dropped = dropped(from.getValuesList("Connection").stream());
    from.stream()
        .filter(field -> !dropped.contains(field.getLowerCaseName()))
        .forEach(field -> to.addHeader(field.getName(), field.getValue()));
  }

  private static Set<String> dropped(Stream<String> connection) {
    var named =
        connection
            .flatMap(value -> Arrays.stream(value.split(",")))
            .map(name -> name.strip().toLowerCase(Locale.ROOT));
    return Stream.concat(HOP_BY_HOP.stream(), named).collect(Collectors.toUnmodifiableSet());
  }
}

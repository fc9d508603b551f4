package io.bifrostfilter.sample.engine;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.bifrostfilter.sample.ApiError;
import io.bifrostfilter.sample.Json;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the engine answers, ready to be sent. Immutable. */
sealed interface Answer {
  /** A whole body. */
  final class Whole implements Answer {
    private final int status;
    private final String contentType;
    private final byte[] body;
    private final Map<String, String> headers;

    private Whole(int status, String contentType, byte[] body, Map<String, String> headers) {
      this.status = status;
      this.contentType = contentType;
      this.body = body;
      this.headers = headers;
    }

    void writeTo(HttpServletResponse response) throws IOException {
      response.setStatus(status);
      response.setContentType(contentType);
      response.setContentLength(body.length);
      headers.forEach(response::setHeader);
      response.getOutputStream().write(body);
    }
  }

  /** Server-sent events, each a complete frame, to be sent one after the other. */
  record Events(List<String> frames) implements Answer {}

  static Answer json(Map<String, ?> body) {
    return new Whole(200, "application/json", bytes(write(body)), Map.of());
  }

  static Answer of(String contentType, byte[] body) {
    return new Whole(200, contentType, body, Map.of());
  }

  static Answer error(ApiError error, Map<String, String> headers) {
    return new Whole(error.status(), "application/json", bytes(write(error.body())), headers);
  }

  /** An event without a name, as chat and text completions send them. */
  static String data(Map<String, ?> data) {
    return "data: " + write(data) + "\n\n";
  }

  /** An object with its keys in the order given: name, value, name, value, … */
  static Map<String, Object> object(@Nullable Object... pairs) {
    var object = new LinkedHashMap<String, @Nullable Object>();
    for (var i = 0; i < pairs.length; i += 2) {
      object.put(String.valueOf(pairs[i]), pairs[i + 1]);
    }
    return object;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String write(Object value) {
    try {
      return Json.MAPPER.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Maps, lists, texts and numbers can always be written", e);
    }
  }
}

package io.bifrostfilter.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bifrostfilter.job.RecordedResponse;
import io.bifrostfilter.recording.JsonText;
import java.io.IOException;
import java.util.Optional;

/** What a handler said went wrong, where it said it as OpenAI does; else that it went wrong. */
record HandlerError(
    Optional<String> type, Optional<String> code, String message, Optional<String> param) {

  private static final ObjectMapper MAPPER = new ObjectMapper(JsonText.FACTORY);

  /** No error message is longer, and no tree is to be built of what is none. */
  private static final int MAX_SIZE = 256 * 1024;

  static HandlerError of(RecordedResponse response) {
    if (response.json() && response.body().size() <= MAX_SIZE) {
      JsonNode error = tree(response).path("error");
      // Some, such as Ollama, send the message alone.
      Optional<String> message = text(error.isTextual() ? error : error.path("message"));
      if (message.isPresent() || error.isObject()) {
        return new HandlerError(
            text(error.path("type")),
            text(error.path("code")),
            message.orElseGet(() -> describe(response)),
            text(error.path("param")));
      }
    }
    return new HandlerError(
        Optional.empty(), Optional.empty(), describe(response), Optional.empty());
  }

  private static String describe(RecordedResponse response) {
    String type = response.headers().first(WireHeaders.CONTENT_TYPE).orElse("no content type");
    String coding =
        response.headers().first(WireHeaders.CONTENT_ENCODING).map(name -> ", " + name).orElse("");
    return "The handler answered "
        + response.statusCode()
        + " without a message that could be read ("
        + response.body().size()
        + (response.body().size() == 1 ? " byte, " : " bytes, ")
        + Printable.excerpt(type + coding)
        + ").";
  }

  private static JsonNode tree(RecordedResponse response) {
    try {
      return MAPPER.readTree(response.body().asStream());
    } catch (IOException e) {
      return MAPPER.missingNode();
    }
  }

  /** Codes come as text and as numbers; null is as good as absent. */
  private static Optional<String> text(JsonNode node) {
    return node.isValueNode() && !node.isNull() ? Optional.of(node.asText()) : Optional.empty();
  }
}

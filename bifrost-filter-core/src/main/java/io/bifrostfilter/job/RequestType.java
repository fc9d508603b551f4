package io.bifrostfilter.job;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The OpenAI operations that have a name on the wire (contract, section 6), each with its route.
 */
public enum RequestType {
  TEXT_COMPLETION("completions"),
  CHAT_COMPLETION("chat/completions"),
  RESPONSES("responses"),
  EMBEDDING("embeddings"),
  SPEECH("audio/speech"),
  TRANSCRIPTION("audio/transcriptions"),
  IMAGE_GENERATION("images/generations"),
  IMAGE_EDIT("images/edits"),
  IMAGE_VARIATION("images/variations"),
  RERANK("rerank"),
  OCR("ocr");

  private static final Map<String, RequestType> BY_ROUTE =
      Stream.of(values()).collect(Collectors.toUnmodifiableMap(RequestType::route, type -> type));

  private final String route;
  private final String wireName = name().toLowerCase(Locale.ROOT);

  RequestType(String route) {
    this.route = route;
  }

  /** The route that asks for this, without a slash at either end. */
  public String route() {
    return route;
  }

  /** As clients read it in {@code request_type}. */
  public String wireName() {
    return wireName;
  }

  /** Empty for a route of the application's own. */
  public static Optional<RequestType> ofRoute(String route) {
    return Optional.ofNullable(BY_ROUTE.get(route));
  }

  /** The routes of all types, in the contract's order. */
  public static List<String> routes() {
    return Stream.of(values()).map(RequestType::route).toList();
  }
}

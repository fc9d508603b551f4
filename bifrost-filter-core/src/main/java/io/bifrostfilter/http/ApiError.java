package io.bifrostfilter.http;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A request is refused. Becomes the JSON of the contract's section 6 in {@link Answers}, and
 * nowhere else.
 *
 * <p>Messages are for the caller's eyes: they say what was wrong, where, and what would be right.
 */
final class ApiError extends RuntimeException {

  static final String INCOMPLETE_BODY = "incomplete_body";
  static final String UNSUPPORTED_CONTENT_ENCODING = "unsupported_content_encoding";

  private static final long serialVersionUID = 1L;

  private final int statusCode;
  private final String code;
  private final @Nullable String param;
  private final @Nullable String model;

  private ApiError(
      int statusCode, String code, String message, @Nullable String param, @Nullable String model) {
    super(message, null, false, false);
    this.statusCode = statusCode;
    this.code = code;
    this.param = param;
    this.model = model;
  }

  static ApiError of(int statusCode, String code, String message) {
    return new ApiError(statusCode, code, message, null, null);
  }

  /**
   * @param param the field that was wrong
   */
  static ApiError of(int statusCode, String code, String message, String param) {
    return new ApiError(statusCode, code, message, param, null);
  }

  /** The same error, of a request for that model. */
  ApiError about(Optional<String> requestedModel) {
    return new ApiError(statusCode, code, message(), param, requestedModel.orElse(model));
  }

  int statusCode() {
    return statusCode;
  }

  String code() {
    return code;
  }

  Optional<String> param() {
    return Optional.ofNullable(param);
  }

  Optional<String> model() {
    return Optional.ofNullable(model);
  }

  String message() {
    String message = getMessage();
    return message == null ? code : message;
  }

  /** Whether the same request may well succeed a little later. */
  boolean isTemporary() {
    return statusCode == 429 || statusCode == 503;
  }

  /** Whether the request was refused for how its body is encoded. */
  boolean isOfContentEncoding() {
    return code.equals(UNSUPPORTED_CONTENT_ENCODING);
  }

  /** Whether the connection cannot be used any more, since the request was not read to its end. */
  boolean endsConnection() {
    return statusCode == 413 || code.equals(INCOMPLETE_BODY);
  }
}

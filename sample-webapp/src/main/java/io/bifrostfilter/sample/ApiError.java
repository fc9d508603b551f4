package io.bifrostfilter.sample;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request that is answered with an error in the OpenAI shape. Immutable. */
public final class ApiError extends RuntimeException {
  private final int status;
  private final String code;
  private final @Nullable String param;

  /**
   * @param status the HTTP status; from 500 on the error is of type {@code server_error}, below of
   *     type {@code invalid_request_error}
   * @param param the parameter at fault, if there is one
   */
  public ApiError(int status, String code, @Nullable String param, String message) {
    // An answer, not a fault: nobody reads its stack trace.
    super(message, null, false, false);
    this.status = status;
    this.code = code;
    this.param = param;
  }

  /** A parameter that is not as it should be: 400. */
  public static ApiError invalid(String param, String message) {
    return new ApiError(400, "invalid_value", param, message);
  }

  public int status() {
    return status;
  }

  /** The body, for a JSON writer. */
  public Map<String, Object> body() {
    var error = new LinkedHashMap<String, @Nullable Object>();
    error.put("message", getMessage());
    error.put("type", status >= 500 ? "server_error" : "invalid_request_error");
    error.put("code", code);
    error.put("param", param);
    return Map.of("error", error);
  }
}

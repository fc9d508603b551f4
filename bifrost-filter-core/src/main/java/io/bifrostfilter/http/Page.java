package io.bifrostfilter.http;

import jakarta.servlet.http.HttpServletRequest;
import java.util.List;
import java.util.Optional;

/**
 * Which part of a list an administrator asks for.
 *
 * @param limit how many at most
 * @param offset how many to leave out
 */
record Page(int limit, int offset) {

  private static final int DEFAULT_LIMIT = 50;
  private static final int MAX_LIMIT = 500;
  private static final int MAX_OFFSET = 1_000_000_000;

  /**
   * @throws ApiError if a parameter is no number, or out of its bounds
   */
  static Page of(HttpServletRequest request) {
    return new Page(
        number(request, "limit", DEFAULT_LIMIT, 1, MAX_LIMIT),
        number(request, "offset", 0, 0, MAX_OFFSET));
  }

  <T> List<T> cut(List<T> all) {
    return all.stream().skip(offset).limit(limit).toList();
  }

  /**
   * A parameter of the query; one without a value is none.
   *
   * @throws ApiError if the container cannot read the query
   */
  static Optional<String> parameter(HttpServletRequest request, String name) {
    try {
      return Optional.ofNullable(request.getParameter(name)).filter(value -> !value.isEmpty());
    } catch (RuntimeException e) {
      throw ApiError.of(
          400,
          WebhookApi.INVALID,
          "The query string cannot be read. Encode its values as UTF-8, in percent.");
    }
  }

  private static int number(
      HttpServletRequest request, String name, int byDefault, int min, int max) {
    Optional<String> given = parameter(request, name);
    if (given.isEmpty()) {
      return byDefault;
    }
    String text = given.get();
    if (text.matches("[0-9]{1,10}")) {
      long value = Long.parseLong(text);
      if (value >= min && value <= max) {
        return (int) value;
      }
    }
    throw ApiError.of(
        400,
        WebhookApi.INVALID,
        "The parameter `" + name + "` must be a whole number from " + min + " to " + max + ".",
        name);
  }
}

package io.bifrostfilter.http;

import jakarta.servlet.http.HttpServletRequest;
import java.util.List;

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

  private static int number(
      HttpServletRequest request, String name, int byDefault, int min, int max) {
    String text = request.getParameter(name);
    if (text == null || text.isEmpty()) {
      return byDefault;
    }
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

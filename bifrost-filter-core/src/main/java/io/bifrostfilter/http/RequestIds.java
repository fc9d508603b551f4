package io.bifrostfilter.http;

import jakarta.servlet.http.HttpServletRequest;
import java.util.UUID;

/** The {@code X-Request-Id} of a request: the one it came with, or one made for it. */
final class RequestIds {

  private static final int MAX_LENGTH = 200;

  private RequestIds() {}

  /**
   * An id that is longer than 200 characters, or has others than those of ASCII that can be seen
   * and blanks between them, is replaced: it becomes a header and stands in logs.
   */
  static String of(HttpServletRequest request) {
    String given = request.getHeader(WireHeaders.REQUEST_ID);
    boolean usable =
        given != null
            && !given.isEmpty()
            && given.length() <= MAX_LENGTH
            && Connections.consistsOf(given, c -> (c >= ' ' && c < 0x7f) || c == '\t');
    return usable ? given : UUID.randomUUID().toString();
  }
}

package io.bifrostfilter.http;

import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/**
 * The body of a request that is answered without being read, as a poll is: SDKs send the whole
 * request again with it.
 *
 * <p>We do not wait for it. But if some of it is still to come when the answer is complete, a
 * server may have to close the connection, and the caller must know that before it sends its next
 * request there (RFC 9112 9.6).
 */
final class UnreadBody {

  /** More than a prompt takes; beyond that a new connection is cheaper than reading on. */
  private static final long MAX_TAKEN = 256 * 1024;

  private UnreadBody() {}

  /**
   * Takes what has arrived already, and announces that the connection will be closed if that is not
   * all.
   */
  static void announce(HttpServletRequest request, HttpServletResponse response) {
    if (request.getProtocol().startsWith("HTTP/1") && !hasArrived(request)) {
      response.setHeader("Connection", "close");
    }
  }

  private static boolean hasArrived(HttpServletRequest request) {
    long announced = request.getContentLengthLong();
    if (announced <= 0) {
      return announced == 0 || request.getHeader("Transfer-Encoding") == null;
    }
    // Asking for the body would be answered with 100 Continue, and nobody wants it.
    if (announced > MAX_TAKEN || request.getHeader("Expect") != null) {
      return false;
    }
    try {
      ServletInputStream in = request.getInputStream();
      byte[] taken = new byte[4096];
      long left = announced;
      while (left > 0 && in.available() > 0) {
        int count = in.read(taken);
        if (count < 0) {
          return true;
        }
        left -= count;
      }
      return left == 0;
    } catch (IOException | IllegalStateException e) {
      return false;
    }
  }
}

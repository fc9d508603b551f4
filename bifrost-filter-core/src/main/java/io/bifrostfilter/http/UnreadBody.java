package io.bifrostfilter.http;

import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/**
 * The body of a request that is answered without being read, as a poll is: SDKs send the whole
 * request again with it. For one thread at a time.
 *
 * <p>The answer does not wait for it. But if some of it is still to come when the answer is
 * complete, a server may have to close the connection, and the caller must know that before it
 * sends its next request there (RFC 9112 9.6). And since a caller that cannot send on may never
 * look for an answer, the rest is taken once it has one.
 */
final class UnreadBody {

  /** More than a prompt takes; beyond that a new connection is cheaper than reading on. */
  private static final int MAX_TAKEN = 256 * 1024;

  private static final int BLOCK = 4096;

  private final HttpServletRequest request;
  private final boolean toCome;

  private UnreadBody(HttpServletRequest request, boolean toCome) {
    this.request = request;
    this.toCome = toCome;
  }

  /** That of a request which is read, or has none. */
  static UnreadBody none(HttpServletRequest request) {
    return new UnreadBody(request, false);
  }

  /**
   * Takes what has arrived already, and announces that the connection will be closed if that is not
   * all.
   */
  static UnreadBody announced(HttpServletRequest request, HttpServletResponse response) {
    boolean toCome = request.getProtocol().startsWith("HTTP/1") && !hasArrived(request);
    if (toCome) {
      response.setHeader("Connection", "close");
    }
    // Asking for the body would be answered with 100 Continue, and nobody wants it.
    return new UnreadBody(request, toCome && request.getHeader("Expect") == null);
  }

  /**
   * Sends the answer, which must be whole, and takes what is still to come, so that the caller can
   * finish. Blocks for as long as that takes, or the server waits for a body.
   */
  void takeAfter(HttpServletResponse answered) {
    if (!toCome) {
      return;
    }
    try {
      answered.flushBuffer();
      ServletInputStream in = request.getInputStream();
      byte[] taken = new byte[BLOCK];
      int left = MAX_TAKEN;
      int count = 0;
      while (left > 0 && count >= 0) {
        count = in.read(taken);
        left -= count;
      }
    } catch (IOException | IllegalStateException e) {
      // The caller has hung up, or will find the connection closed, as it was told.
    }
  }

  private static boolean hasArrived(HttpServletRequest request) {
    long announced = request.getContentLengthLong();
    if (announced <= 0) {
      return announced == 0 || request.getHeader("Transfer-Encoding") == null;
    }
    if (announced > MAX_TAKEN || request.getHeader("Expect") != null) {
      return false;
    }
    try {
      ServletInputStream in = request.getInputStream();
      byte[] taken = new byte[BLOCK];
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

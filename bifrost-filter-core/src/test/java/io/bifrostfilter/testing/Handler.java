package io.bifrostfilter.testing;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.CountDownLatch;

/** The application's own code, as a test wants it. */
@FunctionalInterface
public interface Handler {

  void handle(HttpServletRequest request, HttpServletResponse response)
      throws IOException, ServletException;

  /** Reads the request, and answers with a status, a type and a text. */
  static Handler answering(int status, String contentType, String body) {
    return (request, response) -> {
      request.getInputStream().readAllBytes();
      response.setStatus(status);
      response.setContentType(contentType);
      response.getOutputStream().write(body.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    };
  }

  /** Reads the request, and answers 200 with JSON. */
  static Handler answeringJson(String body) {
    return answering(200, "application/json", body);
  }

  /** The same, once the latch is open. */
  default Handler after(CountDownLatch latch) {
    return (request, response) -> {
      try {
        latch.await();
      } catch (InterruptedException e) {
        throw new InterruptedIOException();
      }
      handle(request, response);
    };
  }
}

package io.bifrostfilter.benchmarks.server;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** The handler: reads the body and answers the same bytes whatever it says. For many threads. */
public final class Answering extends HttpServlet {

  private static final long serialVersionUID = 1L;

  private volatile byte[] answer;

  public Answering(byte[] answer) {
    this.answer = answer.clone();
  }

  void answerFromNowOn(byte[] bytes) {
    answer = bytes.clone();
  }

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    request.getInputStream().readAllBytes();
    byte[] bytes = answer;
    response.setContentType("application/json");
    response.setContentLength(bytes.length);
    response.getOutputStream().write(bytes);
  }
}

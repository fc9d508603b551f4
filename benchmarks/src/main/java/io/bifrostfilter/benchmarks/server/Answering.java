package io.bifrostfilter.benchmarks.server;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** The handler: reads the body and answers the same bytes whatever it says. For many threads. */
public final class Answering extends HttpServlet {

  private static final long serialVersionUID = 1L;

  private transient volatile Answer answer;

  public Answering(byte[] body) {
    this.answer = Answer.json(body);
  }

  void answerFromNowOn(Answer other) {
    answer = other;
  }

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    request.getInputStream().readAllBytes();
    Answer current = answer;
    response.setStatus(current.status());
    current.headers().forEach(header -> response.setHeader(header.name(), header.value()));
    response.setContentLength(current.body().size());
    current.body().writeTo(response.getOutputStream());
  }
}

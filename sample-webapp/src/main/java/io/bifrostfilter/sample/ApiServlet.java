package io.bifrostfilter.sample;

import io.bifrostfilter.sample.engine.EmbeddedEngine;
import io.bifrostfilter.sample.proxy.Upstream;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/**
 * The OpenAI-compatible API under {@code /v1/*}: forwarded to an upstream if {@code
 * OPENAI_BASE_URL} names one, else answered by the embedded engine. It knows nothing of async jobs.
 *
 * <p>One instance serves all requests; its only state is the backend, which is set once by {@link
 * #init()}.
 */
public final class ApiServlet extends HttpServlet {
  private transient Backend backend;

  /** For the container. */
  @SuppressWarnings("NullAway.Init") // set by init(), which the container calls first
  public ApiServlet() {}

  @Override
  public void init() throws ServletException {
    try {
      var upstream = UpstreamSettings.read(getServletContext()::getInitParameter);
      backend = upstream.isPresent() ? new Upstream(upstream.get()) : new EmbeddedEngine();
    } catch (IllegalArgumentException e) {
      throw new ServletException(e.getMessage(), e);
    }
  }

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    backend.handle(request, response);
  }

  @Override
  public void destroy() {
    backend.close();
  }
}

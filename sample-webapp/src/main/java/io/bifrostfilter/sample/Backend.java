package io.bifrostfilter.sample;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** Whoever answers {@code /v1/*}. Implementations are called by many threads at once. */
public interface Backend extends AutoCloseable {
  /** Answers the request, here and now or by starting asynchronous processing. */
  void handle(HttpServletRequest request, HttpServletResponse response) throws IOException;

  /** Ends the backend's threads. */
  @Override
  void close();
}

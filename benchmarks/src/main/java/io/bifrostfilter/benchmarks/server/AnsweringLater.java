package io.bifrostfilter.benchmarks.server;

import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** A handler that takes its time, and no thread meanwhile. For many threads. */
final class AnsweringLater extends HttpServlet {

  private static final long serialVersionUID = 1L;

  private final byte[] answer;
  private final Duration delay;
  private final transient ScheduledExecutorService timer;
  private final AtomicLong open = new AtomicLong();
  private final AtomicLong done = new AtomicLong();

  AnsweringLater(byte[] answer, Duration delay, ScheduledExecutorService timer) {
    this.answer = answer.clone();
    this.delay = delay;
    this.timer = timer;
  }

  /** Requests that wait. */
  long open() {
    return open.get();
  }

  /** Requests that have waited. */
  long done() {
    return done.get();
  }

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    request.getInputStream().readAllBytes();
    open.incrementAndGet();
    var async = request.startAsync();
    async.setTimeout(0);
    timer.schedule(
        () -> {
          try {
            response.setContentType("application/json");
            response.setContentLength(answer.length);
            response.getOutputStream().write(answer);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          } finally {
            async.complete();
            open.decrementAndGet();
            done.incrementAndGet();
          }
        },
        delay.toMillis(),
        TimeUnit.MILLISECONDS);
  }
}

package io.bifrostfilter.sample.engine;

import io.bifrostfilter.sample.ApiError;
import io.bifrostfilter.sample.Backend;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;

/**
 * Answers with the embedded engine: at once, or after the time that {@code x-sample-delay-ms} asks
 * for, to play a slow model. The request is read and answered on the container's thread; only the
 * sending waits, and holds no thread meanwhile.
 */
public final class EmbeddedEngine implements Backend {
  private static final String DELAY = "x-sample-delay-ms";
  private static final long MAX_DELAY_MILLIS = Duration.ofMinutes(10).toMillis();

  private final Engine engine = new Engine(TextModel.bundled());
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            var thread = new Thread(task, "sample-engine-clock");
            thread.setDaemon(true);
            return thread;
          });

  @Override
  public void handle(HttpServletRequest request, HttpServletResponse response) throws IOException {
    // Comes first, since it reads the body: a server may close a connection that one is left on.
    var answer = engine.answer(request);
    var delay = 0L;
    try {
      delay = delayMillis(request.getHeader(DELAY));
    } catch (ApiError e) {
      answer = Answer.error(e, Map.of());
    }
    if (delay == 0 && answer instanceof Answer.Whole whole) {
      whole.writeTo(response);
      return;
    }
    var async = request.startAsync();
    async.setTimeout(0);
    new Delivery(answer, async, clock).begin(delay);
  }

  private static long delayMillis(String header) {
    if (header == null) {
      return 0;
    }
    if (!header.strip().matches("\\d{1,15}")) {
      throw ApiError.invalid(
          DELAY, "The header %s must be a number of milliseconds.".formatted(DELAY));
    }
    return Math.min(Long.parseLong(header.strip()), MAX_DELAY_MILLIS);
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}

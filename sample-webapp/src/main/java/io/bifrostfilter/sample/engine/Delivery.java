package io.bifrostfilter.sample.engine;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends one answer later, events one by one. The clock's only thread just says when; the writing,
 * which a slow caller may hold up, is done by the container's threads, one at a time.
 */
final class Delivery {
  private static final Logger LOG = LoggerFactory.getLogger(Delivery.class);
  // About as fast as a quick model talks.
  private static final long MILLIS_BETWEEN_EVENTS = 10;

  private final Answer answer;
  private final AsyncContext async;
  private final ScheduledExecutorService clock;

  Delivery(Answer answer, AsyncContext async, ScheduledExecutorService clock) {
    this.answer = answer;
    this.async = async;
    this.clock = clock;
  }

  void begin(long delayMillis) {
    if (answer instanceof Answer.Whole whole) {
      after(
          delayMillis,
          () -> {
            whole.writeTo(response());
            async.complete();
          });
    } else if (answer instanceof Answer.Events events) {
      after(
          delayMillis,
          () -> {
            response().setContentType("text/event-stream; charset=utf-8");
            response().setHeader("Cache-Control", "no-cache");
            next(events.frames().iterator());
          });
    }
  }

  private void next(Iterator<String> frames) throws IOException {
    response().getOutputStream().write(frames.next().getBytes(StandardCharsets.UTF_8));
    response().flushBuffer();
    if (frames.hasNext()) {
      after(MILLIS_BETWEEN_EVENTS, () -> next(frames));
    } else {
      async.complete();
    }
  }

  private interface Step {
    void run() throws IOException;
  }

  private void after(long millis, Step step) {
    clock.schedule(() -> async.start(() -> guarded(step)), millis, TimeUnit.MILLISECONDS);
  }

  private void guarded(Step step) {
    try {
      step.run();
    } catch (IOException | IllegalStateException e) {
      // Some containers end the exchange themselves when a caller hangs up.
      LOG.debug("The caller has gone, so nothing more is sent", e);
      end();
    }
  }

  private void end() {
    try {
      async.complete();
    } catch (IllegalStateException e) {
      LOG.debug("The container has ended the exchange already", e);
    }
  }

  private HttpServletResponse response() {
    return (HttpServletResponse) async.getResponse();
  }
}

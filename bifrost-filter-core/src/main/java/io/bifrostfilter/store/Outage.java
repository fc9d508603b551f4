package io.bifrostfilter.store;

import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says once that the store is away, and once that it is back, however many notice: callers, the
 * worker and webhooks share one of these. For many threads.
 */
public final class Outage {

  private static final Logger log = LoggerFactory.getLogger(Outage.class);

  private final AtomicBoolean told = new AtomicBoolean();

  /** The store was asked, and could not be reached. */
  public void goesOn(Throwable problem) {
    if (!told.getAndSet(true)) {
      log.warn(
          "The job store cannot be reached. Callers get 503. Jobs that run go on; what comes of"
              + " them is recorded and told to webhooks, and more are claimed, when it is back.",
          problem);
    }
  }

  /** The store has answered. */
  public void isOver() {
    if (told.get() && told.compareAndSet(true, false)) {
      log.info("The job store is back.");
    }
  }
}

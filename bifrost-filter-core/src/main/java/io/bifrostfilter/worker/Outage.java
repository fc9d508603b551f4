package io.bifrostfilter.worker;

import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says once that the store is away, and once that it is back, however many duties notice. For many
 * threads.
 */
final class Outage {

  private static final Logger log = LoggerFactory.getLogger(Outage.class);

  private final AtomicBoolean told = new AtomicBoolean();

  void goesOn(Throwable problem) {
    if (!told.getAndSet(true)) {
      log.warn(
          "The job store cannot be reached. Jobs that run go on; what comes of them is recorded,"
              + " and more are claimed, when it is back.",
          problem);
    }
  }

  void isOver() {
    if (told.get() && told.compareAndSet(true, false)) {
      log.info("The job store is back.");
    }
  }
}

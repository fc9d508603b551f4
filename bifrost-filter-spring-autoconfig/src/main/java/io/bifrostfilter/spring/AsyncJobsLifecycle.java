package io.bifrostfilter.spring;

import io.bifrostfilter.AsyncJobs;
import org.springframework.context.SmartLifecycle;

/**
 * Has running jobs end while the server still accepts connections. The filter's own {@code destroy}
 * would be too late: a graceful shutdown closes the server's door first, and with it the way by
 * which jobs are played back. Called by one thread at a time.
 */
final class AsyncJobsLifecycle implements SmartLifecycle {

  private final AsyncJobs jobs;
  private volatile boolean running;

  AsyncJobsLifecycle(AsyncJobs jobs) {
    this.jobs = jobs;
  }

  /**
   * The filter has done this by now, where the server starts filters at once.
   *
   * @throws IllegalStateException if this was stopped: a context that is stopped and started again
   *     would accept jobs that nobody runs
   */
  @Override
  public void start() {
    jobs.start();
    running = true;
  }

  @Override
  public void stop() {
    running = false;
    jobs.drain();
  }

  /** Beside whatever else stops in this phase, rather than before it. */
  @Override
  public void stop(Runnable callback) {
    var drain =
        new Thread(
            () -> {
              try {
                stop();
              } finally {
                callback.run();
              }
            },
            "bifrost-async-shutdown");
    drain.start();
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /**
   * The last to start and the first to stop: the server's graceful shutdown has a phase 1024 below
   * this one, and its start and stop another 1024 below.
   */
  @Override
  public int getPhase() {
    return DEFAULT_PHASE;
  }

  /**
   * Spring Framework 7 pauses the contexts of tests that are not in use, but not their servers; no
   * more should it close what is behind one. (Framework 6 has no such method to override.)
   */
  public boolean isPauseable() {
    return false;
  }
}

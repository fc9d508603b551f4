package io.bifrostfilter.spring;

import io.bifrostfilter.AsyncJobs;
import org.springframework.context.SmartLifecycle;

/**
 * Gives back what still runs when the server is about to close its door: Spring waits for {@link
 * AsyncJobsLifecycle} no longer than {@code spring.lifecycle.timeout-per-shutdown-phase}, however
 * long the drain timeout is, and a job whose connection the server cut would be recorded as failed.
 * Called by one thread at a time.
 */
final class AsyncJobsHandOver implements SmartLifecycle {

  private final AsyncJobs jobs;
  private volatile boolean running;

  AsyncJobsHandOver(AsyncJobs jobs) {
    this.jobs = jobs;
  }

  @Override
  public void start() {
    running = true;
  }

  @Override
  public void stop() {
    running = false;
    jobs.handOver();
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /** After the drain, and before the server's graceful shutdown 1024 below it. */
  @Override
  public int getPhase() {
    return DEFAULT_PHASE - 512;
  }

  /** Like {@link AsyncJobsLifecycle#isPauseable}. */
  public boolean isPauseable() {
    return false;
  }
}

package io.bifrostfilter.spring;

import io.bifrostfilter.AsyncJobs;
import org.springframework.context.SmartLifecycle;
import org.springframework.core.env.Environment;

/**
 * Has no job run before the server listens, since a playback would find the door closed, and has
 * running jobs end while the server still accepts connections. The filter's own {@code destroy}
 * would be too late: a graceful shutdown closes the server's door first, and with it the way by
 * which jobs are played back. Called by one thread at a time.
 */
final class AsyncJobsLifecycle implements SmartLifecycle {

  /** Of the server itself, with the port that it has, where one in the application runs. */
  private static final String PORT = "local.server.port";

  private final AsyncJobs jobs;
  private final Environment environment;
  private volatile boolean running;

  AsyncJobsLifecycle(AsyncJobs jobs, Environment environment) {
    this.jobs = jobs;
    this.environment = environment;
  }

  /**
   * Says where the server listens, so that jobs which waited in the store need not wait for the
   * first request, and starts what runs them.
   *
   * @throws IllegalStateException if this was stopped: a context that is stopped and started again
   *     would accept jobs that nobody runs
   */
  @Override
  public void start() {
    if (jobs.config().enabled()) {
      Integer port = environment.getProperty(PORT, Integer.class);
      if (port != null) {
        jobs.listensOn(ServerTls.isOn(environment), address(), port);
      }
      jobs.start();
    }
    running = true;
  }

  /** What the server is bound to; nothing is said of the wildcard. */
  private String address() {
    String address = environment.getProperty("server.address");
    return address == null ? "" : address;
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

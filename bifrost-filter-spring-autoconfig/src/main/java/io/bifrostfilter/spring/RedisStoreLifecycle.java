package io.bifrostfilter.spring;

import io.bifrostfilter.AsyncJobs;
import io.bifrostfilter.redis.RedisJobStore;
import org.springframework.context.SmartLifecycle;
import org.springframework.data.redis.connection.RedisConnectionFactory;

/**
 * Ends the store, and what asks it, before the application's client, which ends while other beans
 * still live, and would cut the store's connections. Called by one thread at a time.
 */
final class RedisStoreLifecycle implements SmartLifecycle {

  private final AsyncJobs jobs;
  private final RedisJobStore store;
  private final RedisConnectionFactory connections;
  private volatile boolean running;

  RedisStoreLifecycle(AsyncJobs jobs, RedisJobStore store, RedisConnectionFactory connections) {
    this.jobs = jobs;
    this.store = store;
    this.connections = connections;
  }

  @Override
  public void start() {
    running = true;
  }

  @Override
  public void stop() {
    running = false;
    jobs.close();
    store.close();
  }

  @Override
  public boolean isRunning() {
    return running;
  }

  /** Just before the client, and after the hand-over and the server, which are near the maximum. */
  @Override
  public int getPhase() {
    return connections instanceof SmartLifecycle client ? client.getPhase() + 1 : 1;
  }

  /**
   * Like {@link AsyncJobsLifecycle#isPauseable}. The client is paused, and is another one after it.
   */
  public boolean isPauseable() {
    return false;
  }
}

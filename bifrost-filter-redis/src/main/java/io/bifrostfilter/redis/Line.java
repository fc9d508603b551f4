package io.bifrostfilter.redis;

import io.bifrostfilter.store.JobStoreException;
import io.lettuce.core.RedisException;
import io.lettuce.core.api.StatefulConnection;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A connection that is made anew when it does not answer any more: the client library does that for
 * one that is closed, but does not notice one that is silent, as behind a firewall that has
 * forgotten it. Used by many threads, checked by one.
 */
final class Line<C extends StatefulConnection<?, ?>> {

  private final Supplier<C> dial;
  private final Function<C, CompletionStage<?>> question;
  private final Predicate<C> alive;
  private final Duration timeout;
  private volatile @Nullable C connection;
  private volatile @Nullable Throwable problem;
  private volatile boolean closed;

  /**
   * @param dial makes a connection, or throws a {@link RedisException}
   * @param question that a connection that is alive answers
   * @param alive false if a connection is known not to be; does not ask the server
   * @param timeout for the answer
   */
  Line(
      Supplier<C> dial,
      Function<C, CompletionStage<?>> question,
      Predicate<C> alive,
      Duration timeout) {
    this.dial = dial;
    this.question = question;
    this.alive = alive;
    this.timeout = timeout;
  }

  /**
   * The connection, as far as is known alive; never waits.
   *
   * @throws JobStoreException if there is none
   */
  C get() {
    C current = connection;
    Throwable known = problem;
    if (current == null || known != null || !alive.test(current)) {
      throw new JobStoreException(
          "Redis cannot be reached", known == null ? new RedisException("not connected") : known);
    }
    return current;
  }

  /** Whoever used the line had no answer: nobody else should wait for one until it is checked. */
  void suspect(Throwable why) {
    problem = why;
  }

  /**
   * Asks, and connects anew the next time if there is no answer.
   *
   * @return null if there is one; else the problem
   */
  @Nullable Throwable check() throws InterruptedException {
    C current = connection;
    try {
      if (current == null) {
        current = dial.get();
        connection = current;
      }
      question.apply(current).toCompletableFuture().get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      problem = null;
    } catch (InterruptedException e) {
      // The line may have been closed while this connection was made.
      hangUp();
      throw e;
    } catch (ExecutionException e) {
      problem = e.getCause();
    } catch (TimeoutException | RuntimeException e) {
      problem = e;
    }
    Throwable found = problem;
    if (found != null || closed) {
      hangUp();
    }
    return found;
  }

  /** Waits for the connection to be closed, so that its client can be shut down. */
  void close() {
    closed = true;
    C current = connection;
    connection = null;
    if (current != null) {
      current.close();
    }
  }

  private void hangUp() {
    C current = connection;
    connection = null;
    if (current != null) {
      current.closeAsync();
    }
  }
}

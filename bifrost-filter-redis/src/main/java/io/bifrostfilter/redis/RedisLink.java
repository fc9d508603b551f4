package io.bifrostfilter.redis;

import io.bifrostfilter.store.JobStoreException;
import io.lettuce.core.RedisChannelHandler;
import io.lettuce.core.RedisConnectionStateListener;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.pubsub.RedisPubSubAdapter;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs scripts on the server and hears what is published there, over one connection each. For many
 * threads. A thread of its own looks after the connections every second.
 */
final class RedisLink implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(RedisLink.class);
  private static final Duration CHECK_EVERY = Duration.ofSeconds(1);

  private final String prefix;
  private final Duration timeout;
  private final Line<StatefulConnection<String, byte[]>> scripts;
  private final Line<StatefulRedisPubSubConnection<String, String>> news;
  private final Thread watch = new Thread(this::watch, "bifrost-async-store-redis-watch");
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Runnable missed;

  /** Whether nobody listened for a while. */
  private final AtomicBoolean deaf = new AtomicBoolean();

  /**
   * @param prefix of all keys, with the hash tag that puts them in one slot
   * @param channel to listen to
   * @param heard is given what is published, on a thread that must not block
   * @param missed is called when it is heard again what is published, and something may not have
   *     been
   * @param timeout for every command
   */
  RedisLink(
      Server server,
      String prefix,
      String channel,
      Consumer<String> heard,
      Runnable missed,
      Duration timeout) {
    this.prefix = prefix;
    this.missed = missed;
    this.timeout = timeout;
    // Asks the very node that has the keys.
    this.scripts =
        new Line<>(
            server::connect,
            connection -> Server.commands(connection).exists(prefix),
            Server::isAlive,
            timeout);
    // Subscribing again changes nothing, and is answered by old servers and new ones.
    this.news =
        new Line<>(
            () -> listening(server.connectPubSub(), heard),
            connection -> connection.async().subscribe(channel),
            connection -> true,
            timeout);
    watch.setDaemon(true);
  }

  private StatefulRedisPubSubConnection<String, String> listening(
      StatefulRedisPubSubConnection<String, String> connection, Consumer<String> heard) {
    deaf.set(true);
    connection.addListener(
        new RedisConnectionStateListener() {
          @Override
          public void onRedisDisconnected(RedisChannelHandler<?, ?> cut) {
            deaf.set(true);
          }
        });
    connection.addListener(
        new RedisPubSubAdapter<>() {
          @Override
          public void message(String channel, String message) {
            heard.accept(message);
          }
        });
    return connection;
  }

  /**
   * Connects. From here on, nothing that is published is missed, but for outages.
   *
   * @throws JobStoreException if the server does not answer
   */
  void open() {
    try {
      Throwable problem = scripts.check();
      if (problem == null) {
        problem = checkNews();
      }
      if (problem != null) {
        throw failure(problem);
      }
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
    watch.start();
  }

  /** Fails with a {@link JobStoreException} at once, or within the timeout. */
  CompletableFuture<Reply> run(Script script, Arguments arguments) {
    byte[][] values = arguments.toArray();
    String[] keys = {prefix};
    try {
      RedisClusterAsyncCommands<String, byte[]> commands = Server.commands(scripts.get());
      CompletionStage<List<@Nullable Object>> answer =
          commands.evalsha(script.digest(), ScriptOutputType.MULTI, keys, values);
      return answer
          .exceptionallyCompose(
              problem ->
                  cause(problem) instanceof RedisNoScriptException
                      ? commands.eval(script.source(), ScriptOutputType.MULTI, keys, values)
                      : CompletableFuture.failedFuture(problem))
          .toCompletableFuture()
          .orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS)
          .handle(this::reply);
    } catch (JobStoreException e) {
      return CompletableFuture.failedFuture(e);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(failure(e));
    }
  }

  /** The server's own account of itself; fails if it does not give one. */
  CompletionStage<String> info(String section) {
    return Server.commands(scripts.get()).info(section);
  }

  /** Waits for an answer, which never takes longer than the timeout. */
  static <T> T await(CompletableFuture<T> answer) {
    try {
      return answer.get();
    } catch (InterruptedException e) {
      throw interrupted(e);
    } catch (ExecutionException e) {
      Throwable cause = cause(e);
      if (cause instanceof JobStoreException known) {
        // Thrown anew, so that the trace shows who asked.
        throw new JobStoreException(String.valueOf(known.getMessage()), known);
      }
      throw failure(cause);
    }
  }

  @Override
  public void close() {
    closing.countDown();
    watch.interrupt();
    scripts.close();
    news.close();
    try {
      watch.join(timeout.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void watch() {
    try {
      while (!closing.await(CHECK_EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
        check();
      }
    } catch (InterruptedException e) {
      log.trace("Interrupted; the connections are not looked after any more.", e);
    }
  }

  private void check() throws InterruptedException {
    try {
      scripts.check();
      checkNews();
    } catch (InterruptedException e) {
      throw e;
    } catch (Throwable t) {
      log.error("Checking the connections to Redis failed; trying again in {}.", CHECK_EVERY, t);
    }
  }

  /**
   * Once the channel is listened to again, and not before, it is known that nothing more is lost.
   */
  private @Nullable Throwable checkNews() throws InterruptedException {
    Throwable problem = news.check();
    if (problem == null && deaf.getAndSet(false)) {
      missed.run();
    }
    return problem;
  }

  private Reply reply(@Nullable List<@Nullable Object> values, @Nullable Throwable problem) {
    if (problem == null) {
      return new Reply(values == null ? List.of() : values);
    }
    Throwable cause = cause(problem);
    if (Problems.isTimeout(cause) || Problems.isDemoted(cause)) {
      scripts.suspect(cause);
    }
    throw failure(cause);
  }

  static JobStoreException failure(Throwable cause) {
    return new JobStoreException(Problems.message(cause), cause);
  }

  private static JobStoreException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new JobStoreException("interrupted while Redis was asked", e);
  }

  private static Throwable cause(Throwable problem) {
    Throwable cause = problem.getCause();
    boolean wrapped =
        problem instanceof CompletionException || problem instanceof ExecutionException;
    return wrapped && cause != null ? cause : problem;
  }
}

package io.bifrostfilter.webhook;

import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;

/**
 * Looks each name up once at a time: whoever needs one that is being looked up gets the same
 * answer, and holds no thread meanwhile. So a name that nobody answers for takes one thread, and
 * not that of every delivery to it. Nothing is remembered. For many threads.
 */
final class Lookups {

  private final Resolver resolver;
  private final Executor executor;
  private final ConcurrentMap<String, CompletableFuture<List<InetAddress>>> running =
      new ConcurrentHashMap<>();

  /**
   * @param executor of threads that may block
   */
  Lookups(Resolver resolver, Executor executor) {
    this.resolver = resolver;
    this.executor = executor;
  }

  /**
   * @return the addresses of a name; or fails with what the resolver throws
   * @throws java.util.concurrent.RejectedExecutionException if the executor takes nothing more
   */
  CompletionStage<List<InetAddress>> addresses(String host) {
    var mine = new CompletableFuture<List<InetAddress>>();
    CompletableFuture<List<InetAddress>> other = running.putIfAbsent(host, mine);
    if (other != null) {
      return other;
    }
    boolean started = false;
    try {
      executor.execute(() -> lookUp(host, mine));
      started = true;
    } finally {
      if (!started) {
        running.remove(host);
      }
    }
    return mine;
  }

  private void lookUp(String host, CompletableFuture<List<InetAddress>> answer) {
    try {
      List<InetAddress> addresses = resolver.resolve(host);
      // First, or somebody would get an answer that is older than the question.
      running.remove(host);
      answer.complete(addresses);
    } catch (Throwable t) {
      running.remove(host);
      answer.completeExceptionally(t);
    }
  }
}

package io.bifrostfilter.webhook;

import io.bifrostfilter.delivery.Delivery;
import io.bifrostfilter.delivery.Endpoint;
import io.bifrostfilter.job.Bytes;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes one call: look the name up, check where it leads, and post. For many threads. Looking up
 * and writing the notice may block, and are done on threads that may.
 */
final class Caller {

  private static final Logger log = LoggerFactory.getLogger(Caller.class);

  private final UrlGuard urls;
  private final WebhookClient client;
  private final Executor executor;

  /**
   * @param executor of threads that may block
   */
  Caller(UrlGuard urls, WebhookClient client, Executor executor) {
    this.urls = urls;
    this.client = client;
    this.executor = executor;
  }

  /**
   * @param attemptNo from 1; where a name has several addresses, each attempt takes the next
   * @param body may throw, which the stage fails with
   */
  CompletionStage<Answer> call(
      Endpoint endpoint, Delivery delivery, int attemptNo, Supplier<Bytes> body) {
    try {
      long started = System.nanoTime();
      return urls.addresses(endpoint.settings())
          .thenComposeAsync(
              addresses -> {
                Bytes notice = body.get();
                Duration timeout = endpoint.settings().attemptTimeout();
                Duration left = timeout.minusNanos(System.nanoTime() - started);
                if (left.toMillis() <= 0) {
                  return CompletableFuture.completedFuture(
                      Answer.none("The host that the URL names was not found in time."));
                }
                return client.post(
                    endpoint,
                    addresses.get((attemptNo - 1) % addresses.size()),
                    delivery.event().wireName(),
                    delivery.webhookId(),
                    notice,
                    left);
              },
              executor)
          .exceptionallyCompose(failure -> notCalled(endpoint, failure));
    } catch (RejectedExecutionException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private static CompletionStage<Answer> notCalled(Endpoint endpoint, Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    if (cause instanceof RefusedUrlException) {
      log.warn(
          "Webhook endpoint \"{}\" is not called, and the delivery ends: {}.",
          endpoint.name(),
          cause.getMessage());
      return CompletableFuture.completedFuture(
          Answer.refused("The URL may not be called: " + cause.getMessage() + "."));
    }
    if (cause instanceof UnknownHostException) {
      return CompletableFuture.completedFuture(
          Answer.none("The host that the URL names cannot be found."));
    }
    return CompletableFuture.failedFuture(failure);
  }
}

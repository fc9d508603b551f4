package io.bifrostfilter.redis;

import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the operator of server settings that break the promise that jobs are kept. A server that
 * does not show its settings is left in peace.
 */
final class ServerAdvice {

  private static final Logger log = LoggerFactory.getLogger(ServerAdvice.class);

  private ServerAdvice() {}

  /** Does not wait for the server. */
  static void give(RedisLink link) {
    CompletableFuture<String> memory = link.info("memory").toCompletableFuture();
    CompletableFuture<String> persistence = link.info("persistence").toCompletableFuture();
    memory.thenAccept(
        info -> {
          if (info.contains("maxmemory_policy:") && !info.contains("maxmemory_policy:noeviction")) {
            log.warn(
                "Redis evicts keys when its memory is full, and would lose jobs that were accepted;"
                    + " set its maxmemory-policy to noeviction.");
          }
        });
    persistence.thenAccept(
        info -> {
          if (info.contains("aof_enabled:0")) {
            log.warn(
                "Redis keeps no append-only file, so jobs that were accepted are lost when it"
                    + " stops; set its appendonly to yes, and appendfsync to always to lose none.");
          }
        });
  }
}

package io.bifrostfilter.redis;

import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.WebhookStoreContract;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.StatefulRedisConnection;
import java.time.Clock;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

class RedisWebhookStoreTest extends WebhookStoreContract {

  private static RedisProcess redis;
  private static RedisClient client;

  @BeforeAll
  static void start() {
    redis = RedisProcess.start();
    client = RedisClient.create(redis.uri());
  }

  @AfterAll
  static void stop() {
    client.shutdown();
    redis.close();
  }

  @Override
  protected JobStore createStore(Clock clock) {
    try (StatefulRedisConnection<String, String> connection = client.connect()) {
      connection.sync().flushall();
    }
    return RedisJobStore.builder()
        .client(client)
        .keyring(TestStores.keyring())
        .clock(clock)
        .build();
  }
}

package io.bifrostfilter.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bifrostfilter.store.JobStoreException;
import io.lettuce.core.RedisClient;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RedisJobStoreBuilderTest {

  @ParameterizedTest
  @CsvSource({
    "bifrost:, {bifrost}:",
    "app:jobs:, {app:jobs}:",
    "jobs, {jobs}",
    "app:{jobs}:, app:{jobs}:"
  })
  void aPrefixBecomesAHashTagUnlessItHasOne(String prefix, String begins) {
    assertThat(RedisJobStoreBuilder.tagged(prefix)).isEqualTo(begins);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "{}:", "a{b", "a}b"})
  void aPrefixThatGivesNoHashTagIsRefused(String prefix) {
    assertThatThrownBy(() -> RedisJobStoreBuilder.tagged(prefix))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("key prefix");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        "redis://h:1 false",
        "rediss://user:p@h:1/2 false",
        "redis-sentinel://h:1,h:2#m false",
        "redis://h:1,h:2 true",
        "rediss://h:1?cluster=true true"
      })
  void severalNodesOrASayingSoMakeACluster(String uri, boolean cluster) {
    assertThat(OwnClient.isCluster(uri)).isEqualTo(cluster);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "http://:s3cret@host", "redis://:s3cret@h:1,h:port", "s3cret,s3cret"})
  void aMalformedUriIsRefusedAndNotRepeated(String uri) {
    assertThatThrownBy(() -> RedisJobStore.builder().uri(uri).keyring(TestStores.keyring()).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("redis://host:6379")
        .hasNoCause()
        .message()
        .doesNotContain("s3cret");
  }

  @Test
  void aStoreWithoutAKeyringIsRefused() {
    assertThatThrownBy(() -> RedisJobStore.builder().uri("redis://localhost").build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("keyring");
  }

  @Test
  void aStoreTakesAUriOrAClient() {
    RedisJobStoreBuilder builder = RedisJobStore.builder().keyring(TestStores.keyring());
    assertThatThrownBy(builder::build).hasMessageContaining("a URI or a client");
    var client = RedisClient.create();
    try {
      assertThatThrownBy(() -> builder.uri("redis://localhost").client(client).build())
          .hasMessageContaining("not both");
    } finally {
      client.shutdown();
    }
  }

  @Test
  void aServerThatIsNotThereIsSaidToBe() throws IOException {
    int port;
    try (var free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }

    assertThatThrownBy(() -> TestStores.open("redis://:s3cret@127.0.0.1:" + port))
        .isInstanceOf(JobStoreException.class)
        .message()
        .doesNotContain("s3cret");
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().startsWith("bifrost-async-store"));
  }

  @Test
  void aTimeoutOfNothingIsRefused() {
    assertThatThrownBy(
            () ->
                RedisJobStore.builder()
                    .uri("redis://localhost")
                    .keyring(TestStores.keyring())
                    .timeout(Duration.ZERO)
                    .build())
        .hasMessageContaining("timeout");
  }

  @Test
  void aClientThatIsNotOursStaysOpen() {
    try (var redis = RedisProcess.start()) {
      var client = RedisClient.create(redis.uri());
      try {
        RedisJobStore.builder().client(client).keyring(TestStores.keyring()).build().close();

        assertThat(client.connect().sync().ping()).isEqualTo("PONG");
      } finally {
        client.shutdown();
      }
    }
  }
}

package io.bifrostfilter.store.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bifrostfilter.crypto.Keyring;
import io.bifrostfilter.delivery.Endpoint;
import io.bifrostfilter.delivery.EndpointHealth;
import io.bifrostfilter.delivery.EndpointSettings;
import io.bifrostfilter.delivery.Event;
import io.bifrostfilter.job.Headers;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class EndpointCodecTest {

  private static final Instant NOW = Instant.parse("2026-02-19T08:10:17.831Z");
  private static final Endpoint ENDPOINT =
      Endpoint.create(
          UUID.randomUUID(),
          true,
          "whsec_c2VjcmV0",
          EndpointSettings.builder("billing", URI.create("https://hooks.example/token"))
              .events(Set.of(Event.FAILED))
              .headers(Headers.of("X-Team", "Größe €"))
              .includeResponse(true)
              .allowPrivateNetwork(true)
              .disabled(true)
              .maxRetries(1)
              .retryBackoffInitial(Duration.ofSeconds(2))
              .retryBackoffMax(Duration.ofSeconds(3))
              .attemptTimeout(Duration.ofSeconds(4))
              .maxResponsePayloadKbs(5)
              .maxConcurrentDeliveries(6)
              .build(),
          NOW);

  private final EndpointCodec codec = new EndpointCodec(keyring(1));

  @Test
  void anEndpointIsReadAsItWasWritten() throws Exception {
    var health = new EndpointHealth(3, NOW, NOW);

    assertThat(codec.read(ENDPOINT.id(), 1, health, codec.write(ENDPOINT)))
        .isEqualTo(ENDPOINT.with(health));
  }

  @Test
  void nothingOfAnEndpointCanBeReadWithoutTheKey() {
    String stored = new String(codec.write(ENDPOINT), StandardCharsets.ISO_8859_1);

    assertThat(stored).doesNotContain("whsec_", "X-Team", "hooks.example", "billing");
  }

  @Test
  void anEndpointIsReadAsNoOtherAndWithNoOtherKey() {
    byte[] stored = codec.write(ENDPOINT);

    assertThatThrownBy(() -> codec.read(UUID.randomUUID(), 1, EndpointHealth.NEW, stored))
        .isInstanceOf(UnreadableException.class)
        .hasMessageContaining("changed");
    assertThatThrownBy(
            () -> new EndpointCodec(keyring(2)).read(ENDPOINT.id(), 1, EndpointHealth.NEW, stored))
        .isInstanceOf(UnreadableException.class)
        .hasMessageContaining("none of the keys");
  }

  @Test
  void whatIsNoEndpointIsRefusedWithoutBeingRepeated() {
    var plain = new EndpointCodec(Keyring.parse("none"));
    byte[] stored = "\0{\"secret\":\"whsec_c2VjcmV0\"".getBytes(StandardCharsets.UTF_8);

    assertThatThrownBy(() -> plain.read(ENDPOINT.id(), 1, EndpointHealth.NEW, stored))
        .isInstanceOf(UnreadableException.class)
        .hasMessageNotContaining("whsec")
        .hasNoCause();
  }

  private static Keyring keyring(int fill) {
    byte[] key = new byte[32];
    Arrays.fill(key, (byte) fill);
    return Keyring.parse(Base64.getEncoder().encodeToString(key));
  }
}

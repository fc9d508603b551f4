package io.bifrostfilter.webhook;

import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.delivery.Endpoint;
import io.bifrostfilter.delivery.EndpointSettings;
import io.bifrostfilter.job.Bytes;
import io.bifrostfilter.testing.Receiver;
import io.bifrostfilter.testing.Receiver.Reaction;
import io.bifrostfilter.testing.SelfSigned;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Calls that go to an address that was checked, while TLS is still for the name. Run with both
 * lines of Jetty.
 */
@Timeout(60)
class WebhookClientTest {

  /** Nobody looks it up, so that it need not be anywhere. */
  private static final String OTHER_NAME = "receiver.invalid";

  @TempDir private static Path directory;
  private static SelfSigned certificate;
  private static Receiver secure;
  private static WebhookClient client;

  @BeforeAll
  static void start() throws Exception {
    certificate = SelfSigned.in(directory);
    secure = new Receiver(certificate);
    var tls = new SslContextFactory.Client();
    tls.setSslContext(certificate.clientContext());
    client = new WebhookClient(Clock.systemUTC(), () -> tls);
  }

  @AfterAll
  static void stop() {
    client.close();
    secure.close();
  }

  @Test
  void aCertificateForTheNameIsAccepted() throws Exception {
    Answer answer = post("https://localhost:" + secure.port() + "/");

    assertThat(answer.statusCode()).isEqualTo(204);
    assertThat(secure.take().header("host")).isEqualTo("localhost:" + secure.port());
  }

  @Test
  void aCertificateForAnotherNameIsNot() throws Exception {
    Answer answer = post("https://" + OTHER_NAME + ":" + secure.port() + "/");

    assertThat(answer.statusCode()).isNull();
    assertThat(answer.error()).contains("TLS");
    assertThat(answer.isTemporary()).isTrue();
  }

  @Test
  void aCertificateThatNobodyVouchesForIsNot() throws Exception {
    try (var strict = new WebhookClient(Clock.systemUTC(), SslContextFactory.Client::new)) {
      assertThat(post(strict, "https://localhost:" + secure.port() + "/").error()).contains("TLS");
    }
  }

  @Test
  void theConnectionGoesToTheAddressThatIsGiven() throws Exception {
    try (Receiver plain = new Receiver()) {
      Answer answer = post("http://" + OTHER_NAME + ":" + plain.port() + "/a%20b?c=%2F");

      assertThat(answer.statusCode()).isEqualTo(204);
      Receiver.Received received = plain.take();
      assertThat(received.line()).isEqualTo("POST /a%20b?c=%2F HTTP/1.1");
      assertThat(received.header("host")).isEqualTo(OTHER_NAME + ":" + plain.port());
    }
  }

  @Test
  void whenToComeAgainIsReadAsNumberOrDate() throws Exception {
    try (Receiver plain = new Receiver()) {
      plain.next(
          Reaction.status(429, "Retry-After", "7"),
          Reaction.status(503, "Retry-After", "Thu, 01 Jan 1970 00:00:00 GMT"),
          Reaction.status(503, "Retry-After", "soon"));
      String url = "http://localhost:" + plain.port() + "/";

      assertThat(post(url).retryAfter()).isEqualTo(Duration.ofSeconds(7));
      assertThat(post(url).retryAfter()).isEqualTo(Duration.ZERO);
      assertThat(post(url).retryAfter()).isNull();
    }
  }

  private static Answer post(String url) throws Exception {
    return post(client, url);
  }

  private static Answer post(WebhookClient by, String url) throws Exception {
    Endpoint endpoint =
        Endpoint.create(
            UUID.randomUUID(),
            false,
            SigningSecret.random(),
            EndpointSettings.builder("billing", URI.create(url)).build(),
            Instant.now());
    return by.post(
            endpoint,
            InetAddress.getLoopbackAddress(),
            "async_job.completed",
            "evt_1",
            Bytes.of("{}"),
            Duration.ofSeconds(20))
        .toCompletableFuture()
        .get(30, TimeUnit.SECONDS);
  }
}

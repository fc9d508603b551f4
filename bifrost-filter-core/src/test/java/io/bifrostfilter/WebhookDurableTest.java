package io.bifrostfilter;

import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.WebhookFixture.Made;
import io.bifrostfilter.testing.Handler;
import io.bifrostfilter.testing.Receiver.Reaction;
import io.bifrostfilter.testing.Receiver.Received;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.Base64;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Webhooks that outlive the process, since a database keeps them. */
@Timeout(60)
class WebhookDurableTest {

  private static final String KEY = Base64.getEncoder().encodeToString(new byte[32]);

  private final String url = "jdbc:h2:mem:" + UUID.randomUUID();

  @Test
  void aDeliveryThatTheProcessDidNotEndIsMadeByTheNext() throws Exception {
    // A database in memory is there for as long as somebody is connected.
    try (var kept = DriverManager.getConnection(url);
        var before = started()) {
      before.receiver.next(Reaction.silence());
      Made made = before.make(before.endpoint("billing"));
      String id = before.submit("billing");
      Received first = before.receiver.take();
      before.app.close();

      try (var after = started()) {
        Received second = before.receiver.take();

        WebhookFixture.verify(second, made.secret());
        assertThat(second.header("webhook-id")).isEqualTo(first.header("webhook-id"));
        assertThat(second.json().path("data").path("job_id").asText()).isEqualTo(id);
        assertThat(after.attempts(made.id(), 1).get(0).path("outcome").asText())
            .isEqualTo("delivered");
      }
    }
  }

  private WebhookFixture started() {
    return new WebhookFixture(
        Handler.answeringJson("{}"),
        config ->
            config
                .store(StoreType.JDBC)
                .jdbcUrl(url)
                .encryptionKey(KEY)
                .drainTimeout(Duration.ofMillis(100)));
  }
}

package io.bifrostfilter.sample.sdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.Headers;
import com.openai.errors.InvalidWebhookSignatureException;
import com.openai.models.webhooks.WebhookVerificationParams;
import com.sun.net.httpserver.HttpServer;
import io.bifrostfilter.sample.launcher.RunningSample;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A webhook of the sample's, verified by the official OpenAI SDK as if it were OpenAI's own. */
@Timeout(60)
class OpenAiWebhookTest {
  private static final String SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
  private static final String TOKEN = "an-administrators-token";
  private static final String ENDPOINT = "bifrost.async.webhooks.endpoints.billing.";

  private final BlockingQueue<Told> told = new LinkedBlockingQueue<>();
  private HttpServer receiver;
  private RunningSample sample;

  private record Told(Headers headers, byte[] body) {}

  @BeforeEach
  void start() throws Exception {
    receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    receiver.createContext(
        "/",
        call -> {
          var headers = Headers.builder();
          call.getRequestHeaders().forEach(headers::put);
          told.add(new Told(headers.build(), call.getRequestBody().readAllBytes()));
          call.sendResponseHeaders(204, -1);
          call.close();
        });
    receiver.start();
    var settings =
        Map.of(
            "bifrost.async.webhooks.admin-token",
            TOKEN,
            ENDPOINT + "url",
            "http://127.0.0.1:" + receiver.getAddress().getPort() + "/llm",
            ENDPOINT + "secret",
            SECRET,
            ENDPOINT + "allow-private-network",
            "true");
    settings.forEach(System::setProperty);
    try {
      sample = RunningSample.start();
    } finally {
      settings.keySet().forEach(System::clearProperty);
    }
  }

  @AfterEach
  void stop() {
    sample.close();
    receiver.stop(0);
  }

  @Test
  void theSdkVerifiesAWebhook() throws Exception {
    var submit =
        sample
            .request("/v1/async/chat/completions")
            .header("x-bf-async-webhook", "billing")
            .POST(
                BodyPublishers.ofString(
                    "{\"model\":\"bifrost-sample\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}"));
    assertThat(sample.client().send(submit.build(), BodyHandlers.ofString()).statusCode())
        .isEqualTo(202);

    Told delivery = told.poll(30, TimeUnit.SECONDS);

    assertThat(delivery).isNotNull();
    var webhooks = OpenAIOkHttpClient.builder().apiKey("unused").build().webhooks();
    assertThatCode(() -> webhooks.verifySignature(params(delivery, delivery.body())))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> webhooks.verifySignature(params(delivery, "{}".getBytes())))
        .isInstanceOf(InvalidWebhookSignatureException.class);
    assertThat(RunningSample.JSON.readTree(delivery.body()).path("event").textValue())
        .isEqualTo("async_job.completed");
  }

  @Test
  void webhooksAreManagedWhereTheSampleMapsThem() throws Exception {
    var list = sample.request("/api/webhooks").header("Authorization", "Bearer " + TOKEN).build();

    var answer = sample.client().send(list, BodyHandlers.ofString());

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(RunningSample.JSON.readTree(answer.body()).at("/endpoints/0/name").textValue())
        .isEqualTo("billing");
    assertThat(answer.body()).doesNotContain(SECRET);
    assertThat(sample.get("/api/webhooks").statusCode()).isEqualTo(401);
  }

  private static WebhookVerificationParams params(Told delivery, byte[] body) {
    return WebhookVerificationParams.builder()
        .payload(body)
        .headers(delivery.headers())
        .secret(SECRET)
        .build();
  }
}

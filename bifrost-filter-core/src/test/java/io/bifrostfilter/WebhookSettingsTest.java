package io.bifrostfilter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.bifrostfilter.delivery.EndpointSettings;
import io.bifrostfilter.delivery.Event;
import io.bifrostfilter.job.Headers;
import io.bifrostfilter.webhook.DeclaredEndpoint;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Webhook endpoints in the configuration of a plain web application. */
class WebhookSettingsTest {

  private static final Map<String, String> NONE = Map.of();
  private static final String SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

  private static final Map<String, String> PROPERTIES =
      Map.ofEntries(
          Map.entry("url", "http://10.0.0.1/hook"),
          Map.entry("events", "async_job.failed"),
          Map.entry("secret", SECRET),
          Map.entry("headers.x-team", "s3cret"),
          Map.entry("headers.authorization", "Bearer s3cret"),
          Map.entry("include-response", "true"),
          Map.entry("allow-private-network", "true"),
          Map.entry("disabled", "true"),
          Map.entry("max-retries", "1"),
          Map.entry("retry-backoff-initial", "2s"),
          Map.entry("retry-backoff-max", "3m"),
          Map.entry("attempt-timeout", "4s"),
          Map.entry("max-response-payload-kbs", "5"),
          Map.entry("max-concurrent-deliveries", "6"));

  private static final DeclaredEndpoint EXPECTED =
      new DeclaredEndpoint(
          EndpointSettings.builder("billing-team", URI.create("http://10.0.0.1/hook"))
              .events(Set.of(Event.FAILED))
              .headers(Headers.of("authorization", "Bearer s3cret", "x-team", "s3cret"))
              .includeResponse(true)
              .allowPrivateNetwork(true)
              .disabled(true)
              .maxRetries(1)
              .retryBackoffInitial(Duration.ofSeconds(2))
              .retryBackoffMax(Duration.ofMinutes(3))
              .attemptTimeout(Duration.ofSeconds(4))
              .maxResponsePayloadKbs(5)
              .maxConcurrentDeliveries(6)
              .build(),
          SECRET);

  @Test
  void anEndpointIsReadWhereverItStands() {
    var parameters = new HashMap<String, String>();
    var properties = new HashMap<String, String>();
    var variables = new HashMap<String, String>();
    PROPERTIES.forEach(
        (name, value) -> {
          parameters.put("webhooks.endpoints.billing-team." + name, value);
          properties.put("bifrost.async.webhooks.endpoints.billing-team." + name, value);
          variables.put(
              "BIFROST_ASYNC_WEBHOOKS_ENDPOINTS_BILLING_TEAM_"
                  + name.toUpperCase(Locale.ROOT).replace('-', '_').replace('.', '_'),
              value);
        });

    assertThat(endpoints(parameters, NONE, NONE)).containsExactly(EXPECTED);
    assertThat(endpoints(NONE, properties, NONE)).containsExactly(EXPECTED);
    assertThat(endpoints(NONE, NONE, variables)).containsExactly(EXPECTED);
    assertThat(PROPERTIES.keySet())
        .filteredOn(name -> !name.startsWith("headers."))
        .containsExactlyInAnyOrderElementsOf(WebhookEndpointNames.PROPERTIES);
  }

  @Test
  void eachSourceOverridesTheOneBeforeIt() {
    assertThat(
            endpoints(
                    Map.of(
                        "webhooks.endpoints.a.url",
                        "https://hooks.example/1",
                        "webhooks.endpoints.a.secret",
                        SECRET,
                        "webhooks.endpoints.b_2.url",
                        "https://hooks.example/b",
                        "webhooks.endpoints.b_2.secret",
                        SECRET),
                    Map.of("bifrost.async.webhooks.endpoints.a.url", "https://hooks.example/2"),
                    Map.of("BIFROST_ASYNC_WEBHOOKS_ENDPOINTS_A_URL", "https://hooks.example/3"))
                .stream()
                .map(each -> each.settings().name() + " " + each.settings().url()))
        .containsExactly("a https://hooks.example/3", "b_2 https://hooks.example/b");
  }

  @Test
  void whatIsNotSaidIsWhatTheContractSays() {
    DeclaredEndpoint endpoint =
        endpoints(
                Map.of(
                    "webhooks.endpoints.a.url",
                    "https://hooks.example/",
                    "webhooks.endpoints.a.secret",
                    SECRET),
                NONE,
                NONE)
            .get(0);

    assertThat(endpoint.settings())
        .isEqualTo(EndpointSettings.builder("a", URI.create("https://hooks.example/")).build());
    assertThat(endpoint.settings().events()).containsExactly(Event.COMPLETED, Event.FAILED);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "url | http://hooks.example/ | https",
        "url | https://127.0.0.1/ | 127.0.0.1",
        "url | https://[ | well-formed",
        "events | async_job.started | async_job.completed",
        "secret | hush | whsec_",
        "secret | whsec_c2hvcnQ= | 24 to 64",
        "max-retries | -1 | max_retries",
        "max-retries | some | whole number",
        "attempt-timeout | 10 | unit",
        "disabled | maybe | true or false",
        "headers.host | x | reserved",
      })
  void aBadValueEndsTheStartUp(String property, String value, String said) {
    var parameters =
        new HashMap<>(
            Map.of(
                "webhooks.endpoints.a.url",
                "https://hooks.example/",
                "webhooks.endpoints.a.secret",
                SECRET));
    parameters.put("webhooks.endpoints.a." + property, value);

    InvalidConfigException error = refused(parameters);

    assertThat(error.setting()).startsWith("webhooks.endpoints.a");
    assertThat(error).hasMessageContaining(said).hasMessageNotContaining("c2hvcnQ=");
  }

  @Test
  void anEndpointNeedsAUrlAndASecret() {
    assertThat(refused(Map.of("webhooks.endpoints.a.secret", SECRET)))
        .hasMessage("bifrost.async.webhooks.endpoints.a.url is missing.");
    assertThat(refused(Map.of("webhooks.endpoints.a.url", "https://hooks.example/")))
        .hasMessageContaining("bifrost.async.webhooks.endpoints.a.secret");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "webhooks.endpoints", "webhooks.endpoints.a", "webhooks.endpoints.a.b.url",
        "webhooks.endpoints.a.uri", "webhooks.endpoints.a.headers", "webhooks.endpoints..url"
      })
  void anUnknownNameEndsTheStartUp(String name) {
    assertThat(refused(Map.of(name, "x")))
        .hasMessageContaining("There is no setting " + name)
        .hasMessageContaining("webhooks.endpoints.<name>.<property>");
  }

  @Test
  void aTokenThatCanBeGuessedIsRefusedWithoutBeingRepeated() {
    assertThat(refused(Map.of("webhooks.admin-token", "short-s3cret")))
        .hasMessageContaining("16 characters")
        .hasMessageNotContaining("s3cret");
  }

  @Test
  void nothingSecretIsShown() {
    var parameters = new HashMap<String, String>();
    PROPERTIES.forEach((name, value) -> parameters.put("webhooks.endpoints.a." + name, value));
    parameters.put("webhooks.admin-token", "s3cret-s3cret-s3cret");
    AsyncJobsConfig config = SettingsReader.read(parameters, NONE, NONE);

    assertThat(config.toString()).doesNotContain("s3cret", SECRET, "/hook");
    assertThat(config.webhooks().endpoints().toString()).doesNotContain("s3cret", SECRET, "/hook");
  }

  private static List<DeclaredEndpoint> endpoints(
      Map<String, String> parameters,
      Map<String, String> properties,
      Map<String, String> variables) {
    return SettingsReader.read(parameters, properties, variables).webhooks().endpoints();
  }

  private static InvalidConfigException refused(Map<String, String> parameters) {
    InvalidConfigException error =
        catchThrowableOfType(
            InvalidConfigException.class, () -> SettingsReader.read(parameters, NONE, NONE));
    assertThat(error).isNotNull();
    return error;
  }
}

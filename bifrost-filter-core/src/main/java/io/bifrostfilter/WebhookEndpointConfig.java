package io.bifrostfilter;

import io.bifrostfilter.delivery.EndpointSettings;
import io.bifrostfilter.delivery.Event;
import io.bifrostfilter.job.Headers;
import io.bifrostfilter.webhook.DeclaredEndpoint;
import io.bifrostfilter.webhook.EndpointRules;
import io.bifrostfilter.webhook.SigningSecret;
import io.bifrostfilter.webhook.WebhookProblem;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A webhook endpoint as the configuration declares it. What is null here is what the contract says
 * by default. Immutable.
 *
 * @param name by which submits refer to it
 * @param url required
 * @param events those that it is told; all, if null
 * @param secret that its deliveries are signed with, {@code whsec_} and 24 to 64 bytes in base64;
 *     required
 * @param headers that each delivery carries
 */
public record WebhookEndpointConfig(
    String name,
    @Nullable String url,
    @Nullable List<String> events,
    @Nullable String secret,
    Map<String, String> headers,
    @Nullable Boolean includeResponse,
    @Nullable Boolean allowPrivateNetwork,
    @Nullable Boolean disabled,
    @Nullable Integer maxRetries,
    @Nullable Duration retryBackoffInitial,
    @Nullable Duration retryBackoffMax,
    @Nullable Duration attemptTimeout,
    @Nullable Integer maxResponsePayloadKbs,
    @Nullable Integer maxConcurrentDeliveries) {

  public WebhookEndpointConfig {
    headers = Map.copyOf(headers);
  }

  /** All else is what the contract says by default. */
  public static WebhookEndpointConfig of(String name, String url, String secret) {
    return new WebhookEndpointConfig(
        name, url, null, secret, Map.of(), null, null, null, null, null, null, null, null, null);
  }

  /** The same endpoint, whose receiver may be in a network that the internet does not reach. */
  public WebhookEndpointConfig allowingPrivateNetwork() {
    return new WebhookEndpointConfig(
        name,
        url,
        events,
        secret,
        headers,
        includeResponse,
        true,
        disabled,
        maxRetries,
        retryBackoffInitial,
        retryBackoffMax,
        attemptTimeout,
        maxResponsePayloadKbs,
        maxConcurrentDeliveries);
  }

  /**
   * @throws InvalidConfigException if a value is missing or not allowed
   */
  DeclaredEndpoint declared() {
    EndpointSettings.Builder settings = EndpointSettings.builder(name, uri());
    Optional.ofNullable(events).ifPresent(names -> settings.events(eventsOf(names)));
    settings.headers(inOrder(headers));
    Optional.ofNullable(includeResponse).ifPresent(settings::includeResponse);
    Optional.ofNullable(allowPrivateNetwork).ifPresent(settings::allowPrivateNetwork);
    Optional.ofNullable(disabled).ifPresent(settings::disabled);
    Optional.ofNullable(maxRetries).ifPresent(settings::maxRetries);
    Optional.ofNullable(retryBackoffInitial).ifPresent(settings::retryBackoffInitial);
    Optional.ofNullable(retryBackoffMax).ifPresent(settings::retryBackoffMax);
    Optional.ofNullable(attemptTimeout).ifPresent(settings::attemptTimeout);
    Optional.ofNullable(maxResponsePayloadKbs).ifPresent(settings::maxResponsePayloadKbs);
    Optional.ofNullable(maxConcurrentDeliveries).ifPresent(settings::maxConcurrentDeliveries);
    EndpointSettings built = settings.build();
    try {
      EndpointRules.check(built);
    } catch (WebhookProblem e) {
      String property = e.field().map(WebhookEndpointConfig::property).orElse("");
      throw new InvalidConfigException(setting(property), prefixed(property) + ": " + e.message());
    }
    return new DeclaredEndpoint(built, checkedSecret());
  }

  /** What the API calls a field, as a setting; a setting's duration brings its unit along. */
  private static String property(String field) {
    return field.equals("name") ? "" : '.' + field.replaceFirst("_seconds$", "").replace('_', '-');
  }

  private URI uri() {
    if (url == null) {
      throw new InvalidConfigException(setting(".url"), prefixed(".url") + " is missing.");
    }
    try {
      return new URI(url);
    } catch (URISyntaxException e) {
      // Without its cause: the URL may hold a token.
      throw new InvalidConfigException(
          setting(".url"), prefixed(".url") + " is not a well-formed URL.");
    }
  }

  private String checkedSecret() {
    try {
      if (secret == null) {
        throw new IllegalArgumentException("it is missing");
      }
      SigningSecret.parse(secret);
      return secret;
    } catch (IllegalArgumentException e) {
      throw new InvalidConfigException(
          setting(".secret"),
          prefixed(".secret")
              + " must be \"whsec_\" and 24 to 64 random bytes in base64, such as \"openssl rand"
              + " -base64 32\" prints; but "
              + e.getMessage()
              + ".");
    }
  }

  private Set<Event> eventsOf(List<String> names) {
    Set<Event> all = EnumSet.noneOf(Event.class);
    for (String each : names) {
      all.add(
          Event.ofWireName(each)
              .orElseThrow(
                  () ->
                      new InvalidConfigException(
                          setting(".events"),
                          each,
                          "some of async_job.completed and async_job.failed")));
    }
    return all;
  }

  /** The same order at every start, or an endpoint would be replaced at each for nothing. */
  private static Headers inOrder(Map<String, String> headers) {
    var ordered = Headers.builder();
    new TreeMap<>(headers).forEach(ordered::add);
    return ordered.build();
  }

  private String setting(String property) {
    return "webhooks.endpoints." + name + property;
  }

  private String prefixed(String property) {
    return InvalidConfigException.PREFIX + setting(property);
  }

  /** Without what is or may be secret. */
  @Override
  public String toString() {
    return "WebhookEndpointConfig[" + name + "]";
  }
}

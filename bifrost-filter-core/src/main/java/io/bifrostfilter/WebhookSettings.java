package io.bifrostfilter;

import io.bifrostfilter.crypto.TokenHash;
import io.bifrostfilter.webhook.DeclaredEndpoint;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/**
 * What concerns webhooks. Immutable.
 *
 * @param adminToken by which administrators are known; empty if there are none, and no {@code
 *     /api/webhooks}
 * @param deliveryRetention how long the history of deliveries is kept
 * @param endpoints that are there from the start, and cannot be changed through the API
 */
public record WebhookSettings(
    Optional<TokenHash> adminToken, Duration deliveryRetention, List<DeclaredEndpoint> endpoints) {

  public WebhookSettings {
    endpoints = List.copyOf(endpoints);
    var names = new HashSet<String>();
    for (DeclaredEndpoint each : endpoints) {
      String name = each.settings().name();
      if (!names.add(name)) {
        throw new InvalidConfigException(
            "webhooks.endpoints." + name,
            InvalidConfigException.PREFIX + "webhooks.endpoints." + name + " is there twice.");
      }
    }
  }

  /** Without what is secret. */
  @Override
  public String toString() {
    return "WebhookSettings[deliveryRetention="
        + deliveryRetention
        + ", endpoints="
        + endpoints.size()
        + "]";
  }
}

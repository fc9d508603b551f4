package io.bifrostfilter.webhook;

import io.bifrostfilter.delivery.EndpointSettings;

/**
 * An endpoint that the configuration names.
 *
 * @param secret that its deliveries are signed with, {@code whsec_…}
 */
public record DeclaredEndpoint(EndpointSettings settings, String secret) {

  /** Without the secret. */
  @Override
  public String toString() {
    return "DeclaredEndpoint[" + settings.name() + "]";
  }
}

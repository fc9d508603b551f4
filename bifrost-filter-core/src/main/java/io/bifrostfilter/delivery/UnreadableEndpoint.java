package io.bifrostfilter.delivery;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;

/**
 * What can be told of an endpoint that a store has and cannot read, since the key that it was
 * sealed with is gone, or its bytes were changed.
 *
 * @param version as {@link Endpoint#version}
 */
public record UnreadableEndpoint(UUID id, String name, long version, EndpointHealth health) {

  /** The endpoint as the configuration declares it, to be put in the place of what is stored. */
  public Endpoint declaredAs(String secret, EndpointSettings settings, Instant now) {
    Instant written = now.truncatedTo(ChronoUnit.MILLIS);
    return new Endpoint(id, version + 1, true, secret, settings, health, written, written);
  }
}

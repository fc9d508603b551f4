package io.bifrostfilter.delivery;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;

/**
 * A receiver of webhooks, as a store keeps it.
 *
 * @param version counts replacements, so that one which was made of an older state is noticed
 * @param declared whether it comes from the configuration, and can only be changed there
 * @param secret that its deliveries are signed with: {@code whsec_} and the key in base64
 */
public record Endpoint(
    UUID id,
    long version,
    boolean declared,
    String secret,
    EndpointSettings settings,
    EndpointHealth health,
    Instant createdAt,
    Instant updatedAt) {

  /** An endpoint as it is made. */
  public static Endpoint create(
      UUID id, boolean declared, String secret, EndpointSettings settings, Instant now) {
    Instant created = now.truncatedTo(ChronoUnit.MILLIS);
    return new Endpoint(id, 1, declared, secret, settings, EndpointHealth.NEW, created, created);
  }

  public String name() {
    return settings.name();
  }

  /** The same endpoint, to be put in the place of this version of it. */
  public Endpoint changed(
      boolean nowDeclared, String newSecret, EndpointSettings newSettings, Instant now) {
    return new Endpoint(
        id,
        version + 1,
        nowDeclared,
        newSecret,
        newSettings,
        health,
        createdAt,
        now.truncatedTo(ChronoUnit.MILLIS));
  }

  /** The same endpoint, to be written once more as it is. */
  public Endpoint rewritten() {
    return new Endpoint(id, version + 1, declared, secret, settings, health, createdAt, updatedAt);
  }

  /** The same endpoint in the same version; only deliveries change its health. */
  public Endpoint with(EndpointHealth newHealth) {
    return new Endpoint(id, version, declared, secret, settings, newHealth, createdAt, updatedAt);
  }

  /** Without what is secret. */
  @Override
  public String toString() {
    return "Endpoint[id=" + id + ", version=" + version + ", name=" + name() + "]";
  }
}

package io.bifrostfilter.store.jdbc;

import io.bifrostfilter.delivery.EndpointHealth;
import io.bifrostfilter.delivery.UnreadableEndpoint;
import java.util.UUID;

/** A row of the table of endpoints. */
record EndpointRow(UUID id, String name, long version, EndpointHealth health, Sealed sealed) {

  /** All that is not sealed. */
  UnreadableEndpoint unreadable() {
    return new UnreadableEndpoint(id, name, version, health);
  }
}

package io.bifrostfilter.store.jdbc;

import io.bifrostfilter.delivery.EndpointHealth;
import java.util.UUID;

/** A row of the table of endpoints. */
record EndpointRow(UUID id, long version, EndpointHealth health, Sealed sealed) {}

package io.bifrostfilter.store.jdbc;

import io.bifrostfilter.delivery.Attempt;
import io.bifrostfilter.delivery.ClaimedDelivery;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An attempt that is to be recorded.
 *
 * @param claimed under which alone it counts
 * @param nextAt when it is to be tried again; null if the delivery is over
 */
record Recording(ClaimedDelivery claimed, Attempt attempt, @Nullable Instant nextAt) {}

package io.bifrostfilter.store.memory;

import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.WebhookStoreContract;
import java.time.Clock;

/** The memory store, by the contract. */
class MemoryWebhookStoreTest extends WebhookStoreContract {

  @Override
  protected JobStore createStore(Clock clock) {
    return new MemoryJobStore(clock, 64 * 1024 * 1024);
  }
}

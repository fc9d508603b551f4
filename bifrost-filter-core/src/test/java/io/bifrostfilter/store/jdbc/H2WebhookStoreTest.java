package io.bifrostfilter.store.jdbc;

import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.WebhookStoreContract;
import java.time.Clock;

/** The contract of webhooks on H2. */
class H2WebhookStoreTest extends WebhookStoreContract {

  @Override
  protected JobStore createStore(Clock clock) {
    return TestDatabase.store(TestDatabase.h2(), clock);
  }
}

package io.bifrostfilter.store.jdbc;

import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.JobStoreContract;
import java.time.Clock;

/** The contract on H2. */
class H2JobStoreTest extends JobStoreContract {

  @Override
  protected JobStore createStore(Clock clock) {
    return TestDatabase.store(TestDatabase.h2(), clock);
  }
}

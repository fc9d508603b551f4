package io.bifrostfilter;

import io.bifrostfilter.store.JobStore;

/**
 * Makes a store that is not part of the core, found on the class path ({@link
 * java.util.ServiceLoader}) when the configuration names its type.
 */
public interface StoreProvider {

  /** What it makes. */
  StoreType type();

  /**
   * A store that the caller closes.
   *
   * @throws InvalidConfigException if a setting that it needs is missing or not allowed
   * @throws io.bifrostfilter.store.JobStoreException if the store cannot be reached
   */
  JobStore open(AsyncJobsConfig config);
}

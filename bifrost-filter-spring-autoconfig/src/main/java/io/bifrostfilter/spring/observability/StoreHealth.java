package io.bifrostfilter.spring.observability;

import io.bifrostfilter.AsyncJobs;
import io.bifrostfilter.store.JobCounts;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How the store is, for the health of either line of Spring Boot.
 *
 * @param accepting whether the queue has room
 * @param details to show whoever may see them
 */
record StoreHealth(boolean accepting, Map<String, Object> details) {

  /**
   * @throws io.bifrostfilter.store.JobStoreException if the store cannot be reached
   */
  static StoreHealth of(AsyncJobs jobs) {
    JobCounts counts = jobs.counts();
    int capacity = jobs.config().queueCapacity();
    var details = new LinkedHashMap<String, Object>();
    details.put("waiting", counts.waiting());
    details.put("queueCapacity", capacity);
    details.put("running", counts.running());
    if (counts.bytes() != JobCounts.UNKNOWN) {
      details.put("storedBytes", counts.bytes());
    }
    return new StoreHealth(counts.waiting() < capacity, details);
  }
}

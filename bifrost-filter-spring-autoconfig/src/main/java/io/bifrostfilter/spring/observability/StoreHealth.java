package io.bifrostfilter.spring.observability;

import io.bifrostfilter.AsyncJobs;
import io.bifrostfilter.store.JobCounts;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How the store is: down while it cannot be reached, out of service while the queue is full. What
 * an application's health is made of moved between the lines of Spring Boot, but for the names of
 * its statuses; so this is all that the two have in common.
 *
 * @param status as Spring Boot calls it
 * @param details to show whoever may see them
 */
record StoreHealth(String status, Map<String, Object> details) {

  /** For the log, when the store cannot be asked. */
  static final String UNREACHABLE = "The job store cannot be reached";

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
    return new StoreHealth(counts.waiting() < capacity ? "UP" : "OUT_OF_SERVICE", details);
  }
}

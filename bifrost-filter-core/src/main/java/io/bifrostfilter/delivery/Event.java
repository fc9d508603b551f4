package io.bifrostfilter.delivery;

import io.bifrostfilter.job.JobStatus;
import java.util.Optional;
import java.util.stream.Stream;

/** What an endpoint can be told (contract, section 7). */
public enum Event {
  COMPLETED("async_job.completed"),
  FAILED("async_job.failed");

  private final String wireName;

  Event(String wireName) {
    this.wireName = wireName;
  }

  /** What a job that is done gives rise to. */
  public static Event of(JobStatus status) {
    return status == JobStatus.COMPLETED ? COMPLETED : FAILED;
  }

  /** As receivers and administrators read and write it. */
  public String wireName() {
    return wireName;
  }

  /** Empty if there is no event of that name. */
  public static Optional<Event> ofWireName(String name) {
    return Stream.of(values()).filter(event -> event.wireName.equals(name)).findFirst();
  }
}

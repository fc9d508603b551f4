package io.bifrostfilter.store;

/**
 * What a store holds, at some recent instant.
 *
 * @param waiting pending jobs
 * @param running jobs under a lease
 * @param completed jobs that succeeded and whose data has not been removed
 * @param failed jobs that did not, likewise
 * @param bytes of requests and results; {@link #UNKNOWN} if the store does not know
 */
public record JobCounts(long waiting, long running, long completed, long failed, long bytes) {

  /** Of bytes that a store does not count. */
  public static final long UNKNOWN = -1;

  /** All jobs, those that are done included. */
  public long stored() {
    return waiting + running + completed + failed;
  }
}

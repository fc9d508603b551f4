package io.bifrostfilter.store;

import java.util.List;
import java.util.UUID;

/**
 * What became of jobs whose leases had lapsed.
 *
 * @param waiting how many wait for another worker
 * @param givenUp those that were claimed too often, and are finished
 */
public record Recovery(int waiting, List<UUID> givenUp) {

  public Recovery {
    givenUp = List.copyOf(givenUp);
  }

  /** How many jobs were changed. */
  public int total() {
    return waiting + givenUp.size();
  }
}

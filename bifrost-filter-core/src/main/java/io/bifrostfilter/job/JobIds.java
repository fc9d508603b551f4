package io.bifrostfilter.job;

import java.util.Optional;
import java.util.UUID;

/** Job ids: random UUIDs, written in lower case with 36 characters. */
public final class JobIds {

  private static final int LENGTH = 36;

  private JobIds() {}

  /**
   * Empty unless this is exactly how an id is written; {@link UUID#fromString} accepts a good deal
   * more.
   */
  public static Optional<UUID> parse(String text) {
    if (text.length() != LENGTH) {
      return Optional.empty();
    }
    try {
      UUID id = UUID.fromString(text);
      return id.toString().equals(text) ? Optional.of(id) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}

package io.bifrostfilter;

import java.util.Locale;

/** The stores that can be had by name. */
public enum StoreType {
  /** On the heap. Jobs are gone when the process is. */
  MEMORY,
  /** In a database, for as many nodes as use it. */
  JDBC,
  /** In Redis, for as many nodes as use it; needs {@code bifrost-filter-redis}. */
  REDIS;

  /** Whether jobs outlive the process that took them. */
  public boolean isDurable() {
    return this != MEMORY;
  }

  /** As it is configured. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}

package io.bifrostfilter.spring.observability;

import java.util.Collection;
import java.util.Set;

/**
 * Routes as the values of a tag, of which there must be few: clients can make up any number of
 * paths. Immutable.
 */
final class RouteTags {

  /** The name of the tag. */
  static final String KEY = "route";

  private static final String OTHER = "other";

  private final Set<String> known;

  /**
   * @param known routes that are told apart
   */
  RouteTags(Collection<String> known) {
    this.known = Set.copyOf(known);
  }

  String of(String route) {
    return known.contains(route) ? route : OTHER;
  }
}

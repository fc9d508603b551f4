package io.bifrostfilter.job;

import java.util.Collection;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * Which fields of a message belong to its connection and must not travel further (RFC 9110 7.6.1):
 * the known ones, and those that the message's own {@code Connection} field names.
 */
public final class HopByHop {

  private static final Set<String> ALWAYS =
      Set.of(
          "connection",
          "keep-alive",
          "proxy-authenticate",
          "proxy-authorization",
          "proxy-connection",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade");

  private final Set<String> named = new HashSet<>();

  /**
   * @param connectionFields the values of the message's {@code Connection} fields
   */
  public HopByHop(Collection<String> connectionFields) {
    for (String field : connectionFields) {
      for (String option : field.split(",")) {
        named.add(option.strip().toLowerCase(Locale.ROOT));
      }
    }
  }

  /** Whether the field of that name stays behind. */
  public boolean covers(String name) {
    String lowerCase = name.toLowerCase(Locale.ROOT);
    return ALWAYS.contains(lowerCase) || named.contains(lowerCase);
  }
}

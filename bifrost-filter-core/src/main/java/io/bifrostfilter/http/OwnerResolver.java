package io.bifrostfilter.http;

import jakarta.servlet.http.HttpServletRequest;
import java.util.Optional;

/**
 * Tells whose a request is. A job belongs to the identity that submitted it; to any other it does
 * not exist. For many threads.
 */
@FunctionalInterface
public interface OwnerResolver {

  /**
   * @return whatever identifies the caller, the same text at every request; only a keyed hash of it
   *     is kept. Empty for an anonymous caller, whose jobs anyone can poll who has their id.
   */
  Optional<String> resolve(HttpServletRequest request);
}

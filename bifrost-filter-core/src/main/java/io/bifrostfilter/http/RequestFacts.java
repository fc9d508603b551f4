package io.bifrostfilter.http;

import io.bifrostfilter.job.Bytes;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The little that is looked at in a request body.
 *
 * @param model not blank
 * @param fields the names of those top-level fields that are looked for, and are there and not null
 * @param fallbacks the models to try when the first fails
 * @param substance the parts of the body that must be the same for two submits to be the same
 */
record RequestFacts(
    Optional<String> model,
    boolean stream,
    Optional<String> streamFormat,
    Set<String> fields,
    List<String> fallbacks,
    List<Bytes> substance) {

  RequestFacts {
    fields = Set.copyOf(fields);
    fallbacks = List.copyOf(fallbacks);
    substance = List.copyOf(substance);
  }

  /** Of a body that is none of our business. */
  static RequestFacts opaque(Bytes body) {
    return new RequestFacts(
        Optional.empty(), false, Optional.empty(), Set.of(), List.of(), List.of(body));
  }
}

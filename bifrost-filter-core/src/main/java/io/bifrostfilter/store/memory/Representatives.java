package io.bifrostfilter.store.memory;

import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * One object for all that are equal to it. A fixed number is remembered, and the next takes the
 * place of the last where two want the same: nothing is lost by it but the sharing. For many
 * threads, which may get different ones of the same value when they race.
 *
 * @param <T> immutable
 */
final class Representatives<T> {

  /** A power of two. */
  private static final int PLACES = 512;

  private final AtomicReferenceArray<T> places = new AtomicReferenceArray<>(PLACES);

  /** The one that is remembered, or else this one, which is remembered from now on. */
  T of(T value) {
    int hash = value.hashCode();
    int place = (hash ^ (hash >>> 16)) & (PLACES - 1);
    T known = places.getAcquire(place);
    if (value.equals(known)) {
      return known;
    }
    places.setRelease(place, value);
    return value;
  }
}

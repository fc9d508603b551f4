package io.bifrostfilter.redis;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a script is given, in order. Not for several threads. */
final class Arguments {

  private final List<byte[]> values = new ArrayList<>();

  private Arguments() {}

  /**
   * Those that begin as all do, with the time.
   *
   * @param clock null for the server's
   */
  static Arguments at(@Nullable Clock clock) {
    return new Arguments().add(clock == null ? "" : Long.toString(clock.millis()));
  }

  Arguments add(byte[] bytes) {
    values.add(bytes);
    return this;
  }

  Arguments add(String text) {
    return add(text.getBytes(StandardCharsets.UTF_8));
  }

  /** In digits. */
  Arguments add(long number) {
    return add(Long.toString(number));
  }

  /** In its usual form: a UUID, for one. */
  Arguments add(Object value) {
    return add(value.toString());
  }

  byte[][] toArray() {
    return values.toArray(byte[][]::new);
  }
}

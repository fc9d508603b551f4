package io.bifrostfilter.redis;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What a script is given, in order. Not for several threads. */
final class Arguments {

  private final List<byte[]> values = new ArrayList<>();

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

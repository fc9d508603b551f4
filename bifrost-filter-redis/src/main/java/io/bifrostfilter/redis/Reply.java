package io.bifrostfilter.redis;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a script returned: a list of numbers, bytes, and lists again. Immutable.
 *
 * @param values as the client library gives them
 */
record Reply(List<? extends @Nullable Object> values) {

  boolean isEmpty() {
    return values.isEmpty();
  }

  int size() {
    return values.size();
  }

  /** Whether there is nothing in that place. */
  boolean isAbsent(int index) {
    return values.get(index) == null;
  }

  long number(int index) {
    Object value = values.get(index);
    return value instanceof Long number ? number : Long.parseLong(text(index));
  }

  /** Empty if there is nothing in that place. */
  byte[] bytes(int index) {
    return values.get(index) instanceof byte[] bytes ? bytes : new byte[0];
  }

  String text(int index) {
    return new String(bytes(index), StandardCharsets.UTF_8);
  }

  UUID id(int index) {
    return UUID.fromString(text(index));
  }

  Reply list(int index) {
    if (values.get(index) instanceof List<?> list) {
      return new Reply(list);
    }
    throw new IllegalStateException("a script returned no list in place " + index);
  }
}

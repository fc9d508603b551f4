package io.bifrostfilter.redis;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** The fields of a hash. Times are in milliseconds. Immutable. */
record Fields(Map<String, String> values) {

  /**
   * @param list names and values in turn, as a script answers a hash
   */
  static Fields of(Reply list) {
    var values = new HashMap<String, String>();
    for (int i = 0; i + 1 < list.size(); i += 2) {
      values.put(list.text(i), list.text(i + 1));
    }
    return new Fields(values);
  }

  @Nullable String find(String name) {
    return values.get(name);
  }

  String text(String name) {
    return Objects.requireNonNull(find(name), () -> "a hash without " + name);
  }

  long number(String name) {
    return Long.parseLong(text(name));
  }

  int integer(String name) {
    return Integer.parseInt(text(name));
  }

  UUID id(String name) {
    return UUID.fromString(text(name));
  }

  Instant instant(String name) {
    return Instant.ofEpochMilli(number(name));
  }
}

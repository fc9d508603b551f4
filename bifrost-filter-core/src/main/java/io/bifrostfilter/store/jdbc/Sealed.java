package io.bifrostfilter.store.jdbc;

import org.jspecify.annotations.Nullable;

/** What a database keeps of a request or a result; nobody changes the bytes. */
final class Sealed {

  final byte[] bytes;

  Sealed(byte[] bytes) {
    this.bytes = bytes;
  }

  static @Nullable Sealed orNull(byte @Nullable [] bytes) {
    return bytes == null ? null : new Sealed(bytes);
  }
}

package io.bifrostfilter.job;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;

/**
 * Bytes that do not change: the body of a request or a response. Safe for use by many threads.
 *
 * <p>Bodies reach tens of megabytes, so they are handed on and never copied: {@link #wrap} takes
 * the array over, and no method gives it away.
 */
public final class Bytes {

  private static final Bytes EMPTY = new Bytes(new byte[0], 0, 0);

  /** The bit of each of eight bytes that no character of ASCII has. */
  private static final long HIGH_BITS = 0x8080808080808080L;

  private final byte[] array;
  private final int offset;
  private final int length;

  private Bytes(byte[] array, int offset, int length) {
    this.array = array;
    this.offset = offset;
    this.length = length;
  }

  public static Bytes empty() {
    return EMPTY;
  }

  /** Takes the array over: the caller must not write to it any more. */
  public static Bytes wrap(byte[] array) {
    return wrap(array, array.length);
  }

  /**
   * Takes the first {@code length} bytes of the array over: the caller must not write to it any
   * more.
   *
   * @throws IndexOutOfBoundsException if the array is shorter than that
   */
  public static Bytes wrap(byte[] array, int length) {
    if (length < 0 || length > array.length) {
      throw new IndexOutOfBoundsException(length + " of " + array.length + " bytes");
    }
    return length == 0 ? EMPTY : new Bytes(array, 0, length);
  }

  /** The text in UTF-8. */
  public static Bytes of(String text) {
    return wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  public int size() {
    return length;
  }

  public boolean isEmpty() {
    return length == 0;
  }

  /**
   * @throws IndexOutOfBoundsException if {@code index} is not within [0, {@link #size})
   */
  public byte at(int index) {
    return array[offset + Objects.checkIndex(index, length)];
  }

  /**
   * A part of these bytes, not a copy of it.
   *
   * @param from the first, inclusive
   * @param to the last, exclusive
   * @throws IndexOutOfBoundsException if there are not that many
   */
  public Bytes slice(int from, int to) {
    Objects.checkFromToIndex(from, to, length);
    return new Bytes(array, offset + from, to - from);
  }

  /** Whether all of them are characters of ASCII, and so mean the same in most encodings. */
  public boolean isAscii() {
    // Eight at once: every body is looked through, and one by one takes four times as long.
    ByteBuffer longs = ByteBuffer.wrap(array);
    int end = offset + length;
    int at = offset;
    for (; at <= end - Long.BYTES; at += Long.BYTES) {
      if ((longs.getLong(at) & HIGH_BITS) != 0) {
        return false;
      }
    }
    for (; at < end; at++) {
      if (array[at] < 0) {
        return false;
      }
    }
    return true;
  }

  /** The same bytes, not a copy of them. */
  public ByteBuffer asReadOnlyBuffer() {
    return ByteBuffer.wrap(array, offset, length).slice().asReadOnlyBuffer();
  }

  /** The same bytes, not a copy of them. */
  public InputStream asStream() {
    return new ByteArrayInputStream(array, offset, length);
  }

  public void writeTo(OutputStream out) throws IOException {
    out.write(array, offset, length);
  }

  /** The bytes read as UTF-8; what is malformed becomes U+FFFD. */
  public String asText() {
    return new String(array, offset, length, StandardCharsets.UTF_8);
  }

  @Override
  public boolean equals(Object other) {
    return this == other
        || (other instanceof Bytes that
            && Arrays.equals(
                array,
                offset,
                offset + length,
                that.array,
                that.offset,
                that.offset + that.length));
  }

  @Override
  public int hashCode() {
    return asReadOnlyBuffer().hashCode();
  }

  /** Says how many there are, and never what: bodies must not reach a log. */
  @Override
  public String toString() {
    return length + " bytes";
  }
}

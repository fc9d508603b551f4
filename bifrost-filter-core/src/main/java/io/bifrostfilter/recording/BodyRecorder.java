package io.bifrostfilter.recording;

import io.bifrostfilter.job.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Collects a body as it arrives, up to a limit and within a {@link ByteBudget}. For one thread at a
 * time.
 *
 * <p>Memory grows with what has arrived, never with what a header announced, or a few callers could
 * reserve it all by promising long bodies and sending none.
 */
public final class BodyRecorder implements AutoCloseable {

  /** Why recording stopped. */
  public enum Verdict {
    /** It did not. */
    FITS,
    /** The body is longer than the limit. */
    OVER_LIMIT,
    /** Too many bodies are on their way at once. */
    OVER_BUDGET
  }

  private static final int FIRST_CAPACITY = 16 * 1024;
  private static final byte[] NOTHING = new byte[0];

  private final long limit;
  private final long announced;
  private final ByteBudget budget;
  private byte[] array = NOTHING;
  private int length;

  /**
   * @param limit the longest body, in bytes
   * @param announced the length that the body is said to have, or -1
   */
  public BodyRecorder(long limit, long announced, ByteBudget budget) {
    this.limit = limit;
    this.announced = announced;
    this.budget = budget;
  }

  /** Reads to the end, or to where it must stop. */
  public Verdict readFully(InputStream in) throws IOException {
    if (announced > limit) {
      return Verdict.OVER_LIMIT;
    }
    while (true) {
      Verdict verdict = ensureRoomFor(1);
      if (verdict == Verdict.OVER_LIMIT && in.read() < 0) {
        return Verdict.FITS;
      }
      if (verdict != Verdict.FITS) {
        return verdict;
      }
      int count = in.read(array, length, array.length - length);
      if (count < 0) {
        return Verdict.FITS;
      }
      length += count;
    }
  }

  /** Adds what has arrived. */
  public Verdict append(ByteBuffer buffer) {
    int count = buffer.remaining();
    Verdict verdict = ensureRoomFor(count);
    if (verdict == Verdict.FITS) {
      buffer.get(array, length, count);
      length += count;
    }
    return verdict;
  }

  public int size() {
    return length;
  }

  /** What was collected. Nothing may be added after this. */
  public Bytes bytes() {
    // A store keeps this for hours, so a tail that was never used is worth a copy.
    boolean wasteful = array.length - length > length / 8;
    return wasteful ? Bytes.wrap(Arrays.copyOf(array, length)) : Bytes.wrap(array, length);
  }

  /** Gives the share of the budget back: the bytes are in a store, or in nobody's hands. */
  @Override
  public void close() {
    budget.giveBack(array.length);
    array = NOTHING;
    length = 0;
  }

  private Verdict ensureRoomFor(int count) {
    if (count <= array.length - length) {
      return Verdict.FITS;
    }
    long needed = (long) length + count;
    if (needed > limit) {
      return Verdict.OVER_LIMIT;
    }
    int capacity = (int) Math.max(needed, Math.min(mostUseful(), nextCapacity()));
    if (!budget.take(capacity - array.length)) {
      return Verdict.OVER_BUDGET;
    }
    array = Arrays.copyOf(array, capacity);
    return Verdict.FITS;
  }

  private long nextCapacity() {
    return array.length == 0 ? FIRST_CAPACITY : 2L * array.length;
  }

  /**
   * One byte more than announced, so that the end of the body is noticed without growing once more.
   */
  private long mostUseful() {
    return announced < 0 ? limit : Math.min(limit, announced + 1);
  }
}

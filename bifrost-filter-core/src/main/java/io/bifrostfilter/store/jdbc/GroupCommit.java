package io.bifrostfilter.store.jdbc;

import io.bifrostfilter.store.JobStoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Does together what arrives together: while one batch is being written, the next gathers. A lone
 * item is written at once. But where a crowd was written together, and only the first of it are
 * back, the others are given a moment, as long as some still come. For many threads; one thread of
 * its own writes.
 *
 * @param <T> what is written
 * @param <R> what becomes of each
 */
final class GroupCommit<T, R> implements AutoCloseable {

  /** PostgreSQL tells other nodes the ids of one batch in one message, of 8,000 bytes at most. */
  static final int MAX_ITEMS = 256;

  private static final long MAX_BYTES = 4L << 20;

  /** A batch of few costs a commit as well, which takes longer than these together. */
  private static final int MAX_PAUSES = 3;

  private static final long PAUSE_NANOS = 100_000;

  private final LinkedBlockingQueue<Item<T, R>> queue = new LinkedBlockingQueue<>();
  private final String role;
  private final Consumer<List<Item<T, R>>> writer;
  private final Thread thread;
  private final Object door = new Object();
  private boolean closed;

  /** When so many are in line, the thread need not pause any longer. */
  private volatile int awaited = Integer.MAX_VALUE;

  /** Ends the thread, once it has written what came before. */
  private final Item<T, R> last;

  /**
   * @param writer settles each item of a batch; those that it leaves fail
   */
  @SuppressWarnings("NullAway") // The last item is never looked into.
  GroupCommit(String role, Consumer<List<Item<T, R>>> writer) {
    this.role = role;
    this.writer = writer;
    this.last = new Item<>(null, 0);
    this.thread = NamedThreads.named(role, this::work);
    thread.start();
  }

  /** Something to be written, and what becomes of it. */
  static final class Item<T, R> {

    final T value;
    final CompletableFuture<R> result = new CompletableFuture<>();
    private final long bytes;
    private final AtomicBoolean taken = new AtomicBoolean();

    private Item(T value, long bytes) {
      this.value = value;
      this.bytes = bytes;
    }

    /** Returns true if it was not taken up yet, and never will be. */
    boolean withdraw() {
      return taken.compareAndSet(false, true);
    }
  }

  /**
   * Puts something in line.
   *
   * @param bytes it takes, so that a batch does not get too large
   */
  Item<T, R> add(T value, long bytes) {
    var item = new Item<T, R>(value, bytes);
    synchronized (door) {
      if (closed) {
        throw new JobStoreException("The store is closed.", new IllegalStateException(role));
      }
      queue.add(item);
    }
    if (queue.size() >= awaited) {
      LockSupport.unpark(thread);
    }
    return item;
  }

  /**
   * Writes items together, or, if that fails, each by itself, so that one that cannot be written
   * harms no other.
   *
   * @throws JobStoreException if there is but one, or the database is away, which fails them all
   */
  static <T, R> void writeOrEachAlone(
      List<Item<T, R>> items, Availability availability, Consumer<List<Item<T, R>>> writer) {
    try {
      writer.accept(items);
    } catch (JobStoreException e) {
      if (items.size() == 1 || availability.isAway()) {
        throw e;
      }
      items.forEach(item -> writeAlone(item, writer));
    }
  }

  private static <T, R> void writeAlone(Item<T, R> item, Consumer<List<Item<T, R>>> writer) {
    try {
      writer.accept(List.of(item));
    } catch (JobStoreException e) {
      item.result.completeExceptionally(e);
    }
  }

  /** Takes nothing more, and returns when everything before is written or has failed. */
  @Override
  public void close() {
    synchronized (door) {
      if (!closed) {
        closed = true;
        queue.add(last);
      }
    }
    NamedThreads.await(thread, Database.PATIENCE.multipliedBy(2));
  }

  private void work() {
    try {
      int crowd = 1;
      boolean goesOn = true;
      while (goesOn) {
        var batch = new Batch();
        goesOn = batch.take(queue.take());
        int before = 0;
        for (int pause = 0; goesOn && pause < MAX_PAUSES && batch.size() > before; pause++) {
          before = batch.size();
          if (before < crowd && batch.hasRoom()) {
            pauseFor(crowd - before);
            goesOn = batch.take(queue.poll());
          }
        }
        crowd = batch.size();
        if (crowd > 0) {
          write(batch.items);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Gives so many some time to come. */
  private void pauseFor(int items) {
    awaited = items;
    if (queue.size() < items) {
      LockSupport.parkNanos(this, PAUSE_NANOS);
    }
    awaited = Integer.MAX_VALUE;
  }

  /** What is written together. */
  private final class Batch {

    private final List<Item<T, R>> items = new ArrayList<>();
    private long bytes;

    int size() {
      return items.size();
    }

    /**
     * Takes an item and what is in line behind it, as far as there is room.
     *
     * @param first null if nothing is in line
     * @return false if that was the last
     */
    boolean take(@Nullable Item<T, R> first) {
      Item<T, R> next = first;
      while (next != null && next != last) {
        if (next.taken.compareAndSet(false, true)) {
          items.add(next);
          bytes += next.bytes;
        }
        next = hasRoom() ? queue.poll() : null;
      }
      return next != last;
    }

    boolean hasRoom() {
      return items.size() < MAX_ITEMS && bytes < MAX_BYTES;
    }
  }

  private void write(List<Item<T, R>> batch) {
    try {
      writer.accept(batch);
    } catch (Throwable t) {
      batch.forEach(item -> item.result.completeExceptionally(t));
      return;
    }
    for (Item<T, R> each : batch) {
      if (!each.result.isDone()) {
        each.result.completeExceptionally(
            new IllegalStateException("the writer has left out an item"));
      }
    }
  }
}

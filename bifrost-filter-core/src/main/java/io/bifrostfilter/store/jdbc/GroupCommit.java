package io.bifrostfilter.store.jdbc;

import io.bifrostfilter.store.JobStoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Does together what arrives together: while one batch is being written, the next gathers. Nothing
 * waits for company, so a lone item is written at once. For many threads; one thread of its own
 * writes.
 *
 * @param <T> what is written
 * @param <R> what becomes of each
 */
final class GroupCommit<T, R> implements AutoCloseable {

  /** PostgreSQL tells other nodes the ids of one batch in one message, of 8,000 bytes at most. */
  static final int MAX_ITEMS = 256;

  private static final long MAX_BYTES = 4L << 20;

  private final LinkedBlockingQueue<Item<T, R>> queue = new LinkedBlockingQueue<>();
  private final String role;
  private final Consumer<List<Item<T, R>>> writer;
  private final Thread thread;
  private final Object door = new Object();
  private boolean closed;

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
    return item;
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
      while (true) {
        Item<T, R> first = queue.take();
        var batch = new ArrayList<Item<T, R>>();
        long bytes = 0;
        Item<T, R> next = first;
        while (next != null && next != last) {
          if (next.taken.compareAndSet(false, true)) {
            batch.add(next);
            bytes += next.bytes;
          }
          next = batch.size() < MAX_ITEMS && bytes < MAX_BYTES ? queue.poll() : null;
        }
        if (!batch.isEmpty()) {
          write(batch);
        }
        if (next == last) {
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void write(List<Item<T, R>> batch) {
    try {
      writer.accept(batch);
    } catch (Throwable t) {
      batch.forEach(item -> item.result.completeExceptionally(t));
      return;
    }
    batch.forEach(
        item ->
            item.result.completeExceptionally(
                new IllegalStateException("the writer has left out an item")));
  }
}

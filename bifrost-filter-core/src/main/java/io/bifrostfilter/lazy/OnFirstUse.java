package io.bifrostfilter.lazy;

import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What takes its time to make, while many an application starts more often than it asks for it: it
 * is made when it is first used, once, and not any more after this was closed. For many threads.
 */
public final class OnFirstUse<T> {

  private final Supplier<T> maker;
  private final Object lock = new Object();
  private volatile @Nullable T made;
  private boolean closed;

  public OnFirstUse(Supplier<T> maker) {
    this.maker = maker;
  }

  /**
   * Waits for another thread that makes it.
   *
   * @return the same each time, closed or not
   * @throws IllegalStateException if this was closed before anything was made
   */
  public T get() {
    T there = made;
    if (there != null) {
      return there;
    }
    synchronized (lock) {
      there = made;
      if (there == null) {
        if (closed) {
          throw new IllegalStateException("this is closed");
        }
        there = maker.get();
        made = there;
      }
      return there;
    }
  }

  /** What was made, if it was. */
  public Optional<T> ifMade() {
    return Optional.ofNullable(made);
  }

  /**
   * Has nothing made from now on.
   *
   * @return what was made before, for the caller to end
   */
  public Optional<T> close() {
    synchronized (lock) {
      closed = true;
      return Optional.ofNullable(made);
    }
  }
}

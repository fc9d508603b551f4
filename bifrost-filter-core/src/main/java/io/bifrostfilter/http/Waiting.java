package io.bifrostfilter.http;

import io.bifrostfilter.job.Job;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An answer that is held back until a job is done. No thread waits: when the time comes, one of the
 * container's is asked to write. A caller that hangs up ends the wait.
 */
final class Waiting {

  private static final Logger log = LoggerFactory.getLogger(Waiting.class);

  private final CompletableFuture<Optional<Job>> wait;
  private final HttpServletRequest request;

  private Waiting(CompletableFuture<Optional<Job>> wait, HttpServletRequest request) {
    this.wait = wait;
    this.request = request;
  }

  static Waiting forJob(CompletableFuture<Optional<Job>> wait, HttpServletRequest request) {
    return new Waiting(wait, request);
  }

  /** Writes an answer. */
  interface Answer<T> {

    void write(T value) throws IOException;
  }

  /** Answers at once if there is nothing to wait for. */
  void thenAnswer(Answer<Optional<Job>> whenFound, Answer<Throwable> whenFailed)
      throws IOException {
    if (wait.isDone()) {
      write(whenFound, whenFailed);
      return;
    }
    AsyncContext async = request.startAsync();
    // The wait has an end of its own.
    async.setTimeout(0);
    async.addListener(new EndsWait());
    wait.whenComplete(
        (job, failure) -> {
          if (wait.isCancelled()) {
            return;
          }
          try {
            async.start(() -> writeAndComplete(async, whenFound, whenFailed));
          } catch (IllegalStateException | RejectedExecutionException e) {
            log.debug("A caller that waited is gone, or the server is stopping.", e);
          }
        });
  }

  private void writeAndComplete(
      AsyncContext async, Answer<Optional<Job>> whenFound, Answer<Throwable> whenFailed) {
    try {
      write(whenFound, whenFailed);
    } catch (IOException e) {
      log.debug("A caller that waited has hung up.", e);
    } finally {
      async.complete();
    }
  }

  private void write(Answer<Optional<Job>> whenFound, Answer<Throwable> whenFailed)
      throws IOException {
    Optional<Job> found;
    try {
      found = wait.join();
    } catch (CompletionException e) {
      whenFailed.write(cause(e));
      return;
    }
    whenFound.write(found);
  }

  private static Throwable cause(CompletionException e) {
    @Nullable Throwable cause = e.getCause();
    return cause == null ? e : cause;
  }

  private final class EndsWait implements AsyncListener {

    @Override
    public void onComplete(AsyncEvent event) {
      wait.cancel(false);
    }

    @Override
    public void onTimeout(AsyncEvent event) {
      wait.cancel(false);
    }

    @Override
    public void onError(AsyncEvent event) {
      wait.cancel(false);
    }

    @Override
    public void onStartAsync(AsyncEvent event) {}
  }
}

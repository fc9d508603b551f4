package io.bifrostfilter.http;

import io.bifrostfilter.job.Job;
import io.bifrostfilter.store.JobStoreException;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An answer that is held back until a job is done. No thread waits: when the time comes, one of the
 * container's is asked to write. A caller that hangs up ends the wait.
 */
final class Waiting {

  private static final Logger log = LoggerFactory.getLogger(Waiting.class);

  private final CompletableFuture<Void> wait;
  private final Supplier<Optional<Job>> job;
  private final HttpServletRequest request;

  /**
   * @param job looks for it once the wait is over, on a thread that may block
   */
  Waiting(CompletableFuture<Void> wait, Supplier<Optional<Job>> job, HttpServletRequest request) {
    this.wait = wait;
    this.job = job;
    this.request = request;
  }

  /** Writes an answer. */
  interface Answer<T> {

    void write(T value) throws IOException;
  }

  /** Answers at once if there is nothing to wait for. */
  void thenAnswer(Answer<Optional<Job>> whenFound, Answer<JobStoreException> whenFailed)
      throws IOException {
    if (wait.isDone()) {
      write(whenFound, whenFailed);
      return;
    }
    AsyncContext async = request.startAsync();
    // The wait has an end of its own.
    async.setTimeout(0);
    async.addListener(new EndsWait(() -> writeAndComplete(async, whenFound, whenFailed)));
    wait.whenComplete(
        (changed, failure) -> {
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
      AsyncContext async, Answer<Optional<Job>> whenFound, Answer<JobStoreException> whenFailed) {
    try {
      try {
        write(whenFound, whenFailed);
      } finally {
        async.complete();
      }
    } catch (IOException | IllegalStateException e) {
      // The container may have ended the request by itself, and then knows no context any more.
      log.debug("A caller that waited has hung up.", e);
    }
  }

  private void write(Answer<Optional<Job>> whenFound, Answer<JobStoreException> whenFailed)
      throws IOException {
    Optional<Job> found;
    try {
      found = job.get();
    } catch (JobStoreException e) {
      whenFailed.write(e);
      return;
    }
    whenFound.write(found);
  }

  /**
   * The container has lost the caller, or patience, or is about to stop. In the last case the
   * caller is still there, and would get the container's own error: what is known by now is better.
   */
  private final class EndsWait implements AsyncListener {

    private final Runnable answer;

    EndsWait(Runnable answer) {
      this.answer = answer;
    }

    @Override
    public void onComplete(AsyncEvent event) {
      wait.cancel(false);
    }

    @Override
    public void onTimeout(AsyncEvent event) {
      answerNow();
    }

    @Override
    public void onError(AsyncEvent event) {
      answerNow();
    }

    @Override
    public void onStartAsync(AsyncEvent event) {}

    private void answerNow() {
      if (wait.cancel(false)) {
        answer.run();
      }
    }
  }
}

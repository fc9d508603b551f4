package io.bifrostfilter.dispatch;

import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.job.RecordedRequest;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/** Has the application's own handler answer a recorded request. For many threads. */
public interface HandlerDispatcher extends AutoCloseable {

  /** Whether it is known where the application is; until then nothing should be claimed. */
  boolean isReady();

  /**
   * Called now and then while jobs wait and it is not ready: a chance to find out by itself. May
   * take as long as a connection does.
   */
  default void look() {}

  /** Starts one exchange, and does not wait for it. */
  Exchange dispatch(UUID jobId, RecordedRequest request);

  /**
   * The worker stops, and waits for the exchanges that run; called once, before it waits. What only
   * a stop explains need not be waited for any longer: it may end as {@link
   * io.bifrostfilter.job.Failure#HANDLER_UNREACHABLE}, and its job is given back.
   */
  default void stopping() {}

  /** Ends all exchanges and every thread. */
  @Override
  void close();

  /** One request that is being answered. */
  interface Exchange {

    /**
     * Always completes normally: what goes wrong is an {@link Outcome} as well. Whoever continues
     * from it may be on a thread that must not block.
     */
    CompletionStage<Outcome> outcome();

    /** Ends it at once, if it has not ended: the connection to the handler is cut. */
    void abort();
  }
}

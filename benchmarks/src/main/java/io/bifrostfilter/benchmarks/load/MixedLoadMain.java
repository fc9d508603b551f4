package io.bifrostfilter.benchmarks.load;

import io.bifrostfilter.benchmarks.process.Commands;
import io.bifrostfilter.benchmarks.server.Payloads;
import io.bifrostfilter.benchmarks.server.ServerMain;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.client.CompletableResponseListener;
import org.eclipse.jetty.client.ContentResponse;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.StringRequestContent;
import org.eclipse.jetty.http.HttpMethod;
import org.jspecify.annotations.Nullable;

/**
 * What users do, at a steady pace, from a process of its own: submits jobs, every third with a
 * webhook, and polls, waits for, cancels, deletes or abandons each.
 */
public final class MixedLoadMain {

  private static final String JOBS = "/v1/async/chat/completions";
  private static final int TICKS_PER_SECOND = 100;
  private static final long CLOSE_IDLE_AFTER_MILLIS = 60_000;

  /** Past this many at once the server does not keep up, and fewer are sent. */
  private static final int AT_ONCE = 2000;

  private final HttpClient client;
  private final String server;
  private final Semaphore free = new Semaphore(AT_ONCE);
  private final AtomicLong answered = new AtomicLong();
  private final AtomicLong errors = new AtomicLong();
  private final AtomicLong heldBack = new AtomicLong();
  private final AtomicLong toBeTold = new AtomicLong();
  private volatile String lastError = "";

  private MixedLoadMain(HttpClient client, String server) {
    this.client = client;
    this.server = server;
  }

  /**
   * @param arguments the server's URL, and how many jobs to begin each second
   */
  public static void main(String[] arguments) throws Exception {
    HttpClient client = JettyGeneratorMain.client();
    // Well before the server does it, or a request meets a connection that is being closed.
    client.setIdleTimeout(CLOSE_IDLE_AFTER_MILLIS);
    client.start();
    var load = new MixedLoadMain(client, arguments[0]);
    double perTick = Double.parseDouble(arguments[1]) / TICKS_PER_SECOND;
    var timer =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              var thread = new Thread(task, "pace");
              thread.setDaemon(true);
              return thread;
            });
    timer.scheduleAtFixedRate(
        () -> load.tick(perTick), 0, 1000 / TICKS_PER_SECOND, TimeUnit.MILLISECONDS);
    new Commands()
        .on(
            "counts",
            argument ->
                load.answered.get()
                    + " "
                    + load.errors.get()
                    + " "
                    + load.heldBack.get()
                    + " "
                    + load.toBeTold.get())
        .on("last-error", argument -> load.lastError)
        .on(
            "stop",
            argument -> {
              timer.shutdownNow();
              load.free.acquire(AT_ONCE);
              return "";
            })
        .serve();
  }

  private void tick(double jobs) {
    // A fraction is a chance.
    long whole = (long) (jobs + ThreadLocalRandom.current().nextDouble());
    for (long i = 0; i < whole; i++) {
      if (free.tryAcquire()) {
        begin();
      } else {
        heldBack.incrementAndGet();
      }
    }
  }

  private void begin() {
    FollowUp next = FollowUp.any();
    // A job that is deleted may end without having been done, and nobody is told.
    boolean told = next != FollowUp.DELETE && ThreadLocalRandom.current().nextInt(3) == 0;
    Request submit =
        post(JOBS)
            .headers(
                fields -> {
                  fields
                      .put("x-bf-async-job-result-ttl", "5")
                      .put("Content-Type", "application/json");
                  if (told) {
                    fields.put("x-bf-async-webhook", ServerMain.WEBHOOK);
                  }
                })
            .body(new StringRequestContent(Payloads.request()));
    new CompletableResponseListener(submit)
        .send()
        .whenComplete(
            (response, failure) -> {
              if (!isFine(response, failure)) {
                free.release();
                return;
              }
              if (told) {
                toBeTold.incrementAndGet();
              }
              follow(next, JOBS + "/" + response.getHeaders().get("x-bf-async-id"));
            });
  }

  /** What becomes of a job that was submitted. */
  private enum FollowUp {
    CANCEL,
    DELETE,
    ABANDON,
    POLL,
    WAIT;

    /** Most wait. */
    static FollowUp any() {
      return switch (ThreadLocalRandom.current().nextInt(10)) {
        case 0 -> CANCEL;
        case 1 -> DELETE;
        case 2 -> ABANDON;
        case 3, 4 -> POLL;
        default -> WAIT;
      };
    }
  }

  private void follow(FollowUp next, String job) {
    switch (next) {
      case CANCEL -> end(post(job + "/cancel"));
      case DELETE -> end(client.newRequest(server + job).method(HttpMethod.DELETE));
      case ABANDON -> free.release();
      case POLL -> end(client.newRequest(server + job));
      case WAIT -> end(client.newRequest(server + job).headers(f -> f.put("Prefer", "wait=20")));
    }
  }

  private void end(Request request) {
    new CompletableResponseListener(request)
        .send()
        .whenComplete(
            (response, failure) -> {
              isFine(response, failure);
              free.release();
            });
  }

  private Request post(String path) {
    return client.newRequest(server + path).method(HttpMethod.POST);
  }

  private boolean isFine(ContentResponse response, @Nullable Throwable failure) {
    answered.incrementAndGet();
    boolean fine = failure == null && response.getStatus() / 100 == 2;
    if (!fine) {
      errors.incrementAndGet();
      lastError =
          failure == null
              ? response.getStatus() + " " + response.getContentAsString()
              : failure.toString();
    }
    return fine;
  }
}

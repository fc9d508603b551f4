package io.bifrostfilter.benchmarks.server;

import io.bifrostfilter.AsyncJobFilter;
import io.bifrostfilter.AsyncJobs;
import io.bifrostfilter.AsyncJobsConfig;
import io.bifrostfilter.WebhookEndpointConfig;
import io.bifrostfilter.benchmarks.process.Commands;
import io.bifrostfilter.store.JobCounts;
import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.memory.MemoryJobStore;
import jakarta.servlet.http.HttpServlet;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** The process that a {@link Server} runs in: one container with one application. */
public final class ServerMain {

  /** The endpoint that submits may name, where there is one. */
  public static final String WEBHOOK = "receiver";

  /** What its deliveries are signed with. It is no secret here. */
  private static final String SECRET = "whsec_" + Base64.getEncoder().encodeToString(new byte[32]);

  private static final int ANY_NUMBER = 10_000_000;

  private final String container;
  private final Role role;
  private final String argument;
  private final Answering handler = new Answering(Payloads.answer());
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            var thread = new Thread(task, "handler-that-takes-its-time");
            thread.setDaemon(true);
            return thread;
          });
  private @Nullable AnsweringLater slow;
  private @Nullable JobStore store;
  private @Nullable Container running;

  private ServerMain(String container, Role role, String argument) {
    this.container = container;
    this.role = role;
    this.argument = argument;
  }

  /** What a server is there to show. */
  public enum Role {
    /** The handler alone. */
    PLAIN,
    /** A handler that answers so many milliseconds later, alone. */
    SLOW,
    /** The filter before it, and every slot of the worker taken. */
    PARKED,
    /** The filter before it; jobs are done without asking the handler. */
    ANSWERING,
    /** The filter before it, as users have it, with a webhook endpoint where one is given. */
    WHOLE,
    /** The same, with any number of runs at once, played back to another server. */
    ELSEWHERE
  }

  /**
   * @param arguments the container, the role, and what that needs to know
   */
  public static void main(String[] arguments) throws Exception {
    Logger.getLogger("").setLevel(Level.WARNING);
    var server =
        new ServerMain(
            arguments[0], Role.valueOf(arguments[1]), arguments.length > 2 ? arguments[2] : "");
    server.start();
    new Commands()
        .on("port", argument -> Integer.toString(server.port()))
        .on(
            "restart",
            argument -> {
              server.stop();
              server.start();
              System.gc();
              return Integer.toString(server.port());
            })
        .on(
            "answer",
            answer -> {
              server.handler.answerFromNowOn(Answer.parse(answer));
              return "";
            })
        .on(
            "jobs",
            argument -> {
              JobCounts counts = server.counts();
              return counts.waiting()
                  + " "
                  + counts.running()
                  + " "
                  + counts.completed()
                  + " "
                  + counts.failed();
            })
        .serve();
  }

  private HttpServlet servlet() {
    if (role != Role.SLOW) {
      return handler;
    }
    slow =
        new AnsweringLater(Payloads.answer(), Duration.ofMillis(Long.parseLong(argument)), timer);
    return slow;
  }

  private int port() {
    return running == null ? 0 : running.port();
  }

  /** Of jobs, or else of the requests to the handler. */
  private JobCounts counts() {
    if (slow != null) {
      return new JobCounts(0, slow.open(), slow.done(), 0, 0);
    }
    return store == null ? new JobCounts(0, 0, 0, 0, 0) : store.counts();
  }

  private void start() throws Exception {
    running = Container.start(container, filter(), servlet());
  }

  private void stop() throws Exception {
    if (running != null) {
      running.stop().run();
    }
  }

  private Optional<AsyncJobFilter> filter() {
    if (role == Role.PLAIN || role == Role.SLOW) {
      return Optional.empty();
    }
    store = new MemoryJobStore(Clock.systemUTC(), Runtime.getRuntime().maxMemory() / 2);
    var config = AsyncJobsConfig.builder().queueCapacity(ANY_NUMBER).maxJobsPerCaller(ANY_NUMBER);
    AsyncJobs.Builder jobs = AsyncJobs.builder().store(store);
    switch (role) {
      case PARKED -> {
        jobs.dispatcher(Dispatchers.parked());
        config.drainTimeout(Duration.ofMillis(1));
      }
      case ANSWERING -> jobs.dispatcher(Dispatchers.answering(Payloads.answer()));
      case WHOLE -> {
        if (!argument.isEmpty()) {
          config.webhookEndpoint(endpoint(argument));
        }
      }
      case ELSEWHERE -> config.target(URI.create(argument)).maxConcurrency(20_000);
      default -> {}
    }
    return Optional.of(jobs.config(config.build()).build().filter());
  }

  private static WebhookEndpointConfig endpoint(String url) {
    return WebhookEndpointConfig.of(WEBHOOK, url, SECRET).allowingPrivateNetwork();
  }
}

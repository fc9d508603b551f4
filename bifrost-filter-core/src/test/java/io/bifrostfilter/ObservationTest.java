package io.bifrostfilter;

import static io.bifrostfilter.testing.TestApp.CHAT_BODY;
import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.job.Bytes;
import io.bifrostfilter.job.Caller;
import io.bifrostfilter.job.Headers;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.Origin;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.job.RecordedRequest;
import io.bifrostfilter.observation.JobObserver;
import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.JobStoreException;
import io.bifrostfilter.store.Limits;
import io.bifrostfilter.store.memory.MemoryJobStore;
import io.bifrostfilter.testing.Container;
import io.bifrostfilter.testing.Handler;
import io.bifrostfilter.testing.TestApp;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What an observer hears of jobs, and what it can do to them. */
class ObservationTest {

  private static final Container CONTAINER = Container.JETTY;

  private final MovableClock clock = new MovableClock(Instant.parse("2026-02-19T08:10:17.831Z"));
  private final News news = new News();

  @Test
  void anObserverHearsHowLongAJobWaitedAndRan() throws Exception {
    var entered = new CountDownLatch(1);
    var gate = new CountDownLatch(1);
    Handler handler =
        (request, response) -> {
          entered.countDown();
          await(gate);
          response.getWriter().print("{}");
        };
    try (var app = app().jobs(jobs -> jobs.clock(clock)).start(handler)) {
      String id = app.submitChat();
      assertThat(entered.await(20, TimeUnit.SECONDS)).isTrue();
      clock.advance(Duration.ofSeconds(7));
      gate.countDown();
      app.whenChatDone(id);

      assertThat(news.next(3))
          .contains("submitted chat/completions", "finished chat/completions 200 after PT7S")
          .anyMatch(each -> each.startsWith("started chat/completions after PT0"));
    }
  }

  @Test
  void anObserverHearsOfAnAnswerThatIsNoSuccess() throws Exception {
    try (var app = app().start((request, response) -> response.setStatus(429))) {
      app.whenChatDone(app.submitChat());

      assertThat(news.next(3)).anyMatch(each -> each.startsWith("finished chat/completions 429"));
    }
  }

  @Test
  void anObserverHearsOfACancelOnce() throws Exception {
    var gate = new CountDownLatch(1);
    var entered = new CountDownLatch(1);
    Handler handler =
        (request, response) -> {
          entered.countDown();
          await(gate);
        };
    try (var app = app().start(handler)) {
      String cancel = "/v1/async/chat/completions/" + app.submitChat() + "/cancel";
      assertThat(entered.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(app.post(cancel, "").status()).isEqualTo(200);
      assertThat(app.post(cancel, "").status()).isEqualTo(200);
      gate.countDown();

      assertThat(news.next(3)).contains("finished chat/completions 499");
    }
    assertThat(news.all).isEmpty();
  }

  @Test
  void anObserverHearsOfARefusalAndNothingElse() throws Exception {
    var gate = new CountDownLatch(1);
    var entered = new CountDownLatch(1);
    Handler handler =
        (request, response) -> {
          entered.countDown();
          await(gate);
        };
    try (var app =
        app()
            .config(c -> c.maxConcurrency(1).queueCapacity(1).drainTimeout(Duration.ZERO))
            .start(handler)) {
      app.submitChat();
      assertThat(entered.await(20, TimeUnit.SECONDS)).isTrue();
      app.submitChat();
      assertThat(app.post("/v1/async/chat/completions", CHAT_BODY).status()).isEqualTo(503);

      assertThat(news.next(4)).contains("refused chat/completions queue_full");
      assertThat(news.all).isEmpty();
    } finally {
      gate.countDown();
    }
  }

  @Test
  void anObserverHearsThatTheStoreIsAway() throws Exception {
    var real = new MemoryJobStore(Clock.systemUTC(), 1 << 20);
    var away =
        (JobStore)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {JobStore.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("add")) {
                    throw new JobStoreException("away", new IllegalStateException());
                  }
                  return method.invoke(real, arguments);
                });
    try (var app = app().jobs(jobs -> jobs.store(away)).start((request, response) -> {})) {
      assertThat(app.post("/v1/async/chat/completions", CHAT_BODY).status()).isEqualTo(503);

      assertThat(news.next(1)).containsExactly("refused chat/completions store_unavailable");
    }
  }

  @Test
  void anObserverHearsOfAJobWhoseWorkersWereLost() throws Exception {
    var store = new MemoryJobStore(clock, 1 << 20);
    store.add(waitingJob(), request(), new Limits(10, 10));
    assertThat(store.claim(1, Duration.ofSeconds(1))).hasSize(1);
    clock.advance(Duration.ofSeconds(2));
    try (var app =
        app()
            .config(c -> c.lease(Duration.ofSeconds(1)).maxAttempts(1))
            .jobs(jobs -> jobs.clock(clock).store(store))
            .start((request, response) -> {})) {
      assertThat(news.next(1)).containsExactly("finished chat/completions 500");
    }
  }

  @Test
  void aJobThatWaitsInTheStoreRunsOnceItIsSaidWhereTheServerListens() throws Exception {
    var store = new MemoryJobStore(clock, 1 << 20);
    store.add(waitingJob(), request(), new Limits(10, 10));
    var built = new AtomicReference<AsyncJobs>();
    try (var app =
        app()
            .jobs(jobs -> jobs.clock(clock).store(store).startsWithFilter(false))
            .onBuilt(built::set)
            .start((request, response) -> response.getWriter().print("{}"))) {
      assertThat(store.counts().waiting()).isEqualTo(1);
      built.get().listensOn(false, "0.0.0.0", app.port());
      built.get().start();

      assertThat(news.next(2)).anyMatch(each -> each.startsWith("finished chat/completions 200"));
    }
  }

  @Test
  void anObserverMayChangeTheHeadersThatTheHandlerSees() throws Exception {
    var seen = new LinkedBlockingQueue<String>();
    var renaming =
        new JobObserver() {
          @Override
          public Headers submitting(Job job, Headers headers) {
            return Headers.of("X-Trace", "of " + job.route(), "Content-Type", "application/json");
          }
        };
    try (var app =
        app()
            .jobs(jobs -> jobs.observer(renaming))
            .start((request, response) -> seen.add(request.getHeader("X-Trace")))) {
      app.whenChatDone(app.submitChat("X-Trace", "the caller's own"));

      assertThat(seen).containsExactly("of chat/completions");
    }
  }

  @Test
  void anObserverThatThrowsChangesNothing() throws Exception {
    var broken =
        (JobObserver)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {JobObserver.class},
                (proxy, method, arguments) -> {
                  if (method.getDeclaringClass() == Object.class) {
                    return "broken";
                  }
                  throw new LinkageError("broken");
                });
    try (var app =
        TestApp.on(CONTAINER)
            .jobs(jobs -> jobs.observer(broken).observer(news))
            .start((request, response) -> response.getWriter().print("{\"a\":1}"))) {
      assertThat(app.whenChatDone(app.submitChat()).json().path("result").path("a").asInt())
          .isEqualTo(1);
      assertThat(news.next(3)).hasSize(3);
    }
  }

  private TestApp.Builder app() {
    return TestApp.on(CONTAINER).jobs(jobs -> jobs.observer(news));
  }

  private Job waitingJob() {
    return Job.pending(
        UUID.randomUUID(),
        "request",
        "chat/completions",
        null,
        null,
        null,
        Duration.ofHours(1),
        clock.instant());
  }

  /** As another process would have recorded it. */
  private static RecordedRequest request() {
    return new RecordedRequest(
        "POST",
        TestApp.CHAT,
        Headers.of("Content-Type", "application/json"),
        Bytes.of(CHAT_BODY),
        new Caller("192.0.2.1", "192.0.2.1", 50_000),
        new Origin("another node", false, "192.0.2.2", 1),
        List.of());
  }

  private static void await(CountDownLatch gate) {
    try {
      gate.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What was heard, as sentences. */
  private static final class News implements JobObserver {

    private final BlockingQueue<String> all = new LinkedBlockingQueue<>();

    @Override
    public void submitted(Job job) {
      all.add("submitted " + job.route());
    }

    @Override
    public void refused(String route, String reason) {
      all.add("refused " + route + " " + reason);
    }

    @Override
    public void started(Job job, Duration waited) {
      all.add("started " + job.route() + " after " + waited);
    }

    @Override
    public void finished(Job job, Outcome outcome, Optional<Duration> ran) {
      all.add(
          "finished "
              + job.route()
              + " "
              + outcome.statusCode()
              + ran.map(duration -> " after " + duration).orElse(""));
    }

    /** As many as there are to be. */
    List<String> next(int count) throws InterruptedException {
      var some = new ArrayList<String>();
      while (some.size() < count) {
        String one = all.poll(20, TimeUnit.SECONDS);
        assertThat(one).as("after " + some).isNotNull();
        some.add(one);
      }
      return some;
    }
  }
}

package io.bifrostfilter.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bifrostfilter.AsyncJobs;
import io.bifrostfilter.store.JobListener;
import io.bifrostfilter.store.JobStore;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** What runs when the application is told to stop is finished first. */
@DisplayName("Graceful shutdown")
class ShutdownTest {

  private static final String RERANK_BODY =
      "{\"model\":\"m\",\"query\":\"q\",\"documents\":[\"d\"]}";

  @Test
  void aJobThatRunsIsFinishedWhileTheServerStillAnswers() throws Exception {
    try (var app =
        BootApp.start(Observed.class, "server.shutdown=graceful", "bifrost.async.lease=10m")) {
      var handlers = app.context().getBean(Handlers.class);
      var watch = app.context().getBean(Watch.class);
      app.submit("/v1/async/rerank", RERANK_BODY);
      assertThat(handlers.entered.await(20, TimeUnit.SECONDS)).isTrue();

      var closing = CompletableFuture.runAsync(app.context()::close);
      assertThat(watch.stopping.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(app.post(BootApp.CHAT, BootApp.CHAT_BODY).status()).isEqualTo(200);
      handlers.gate.countDown();
      closing.get(30, TimeUnit.SECONDS);

      assertThat(watch.events).containsExactly("job done", "server may stop", "store closed");
    }
  }

  @Test
  void noThreadOfOursIsLeft() {
    var app = BootApp.start(Handlers.class);
    app.whenDone(app.submitChat());
    app.close();

    assertThat(Thread.getAllStackTraces().keySet())
        .filteredOn(Thread::isAlive)
        .noneMatch(thread -> thread.getName().startsWith("bifrost-async"));
  }

  @Test
  void aContextThatIsStoppedAndStartedAgainSaysThatItCannotBe() {
    try (var app = BootApp.start(Handlers.class)) {
      app.context().stop();

      assertThatThrownBy(app.context()::start)
          .rootCause()
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("cannot be started again");
    }
  }

  @Test
  void aContextThatIsPausedBetweenTestsGoesOnWhereTheFrameworkCanDoThat() throws Exception {
    try (var app = BootApp.start(Handlers.class)) {
      for (String step : List.of("pause", "restart")) {
        // Spring Framework 7 has these; there is nothing to break in 6.
        for (var method : app.context().getClass().getMethods()) {
          if (method.getName().equals(step) && method.getParameterCount() == 0) {
            method.invoke(app.context());
          }
        }
      }
      assertThat(app.whenDone(app.submitChat()).path("status").asText()).isEqualTo("completed");
    }
  }

  @Test
  void closingThePartsTwiceDoesNothing() {
    try (var app = BootApp.start(Handlers.class)) {
      var jobs = app.context().getBean(AsyncJobs.class);
      jobs.close();
      jobs.close();
    }
  }

  /** What happened, in order. */
  static final class Watch {

    final CountDownLatch stopping = new CountDownLatch(1);
    final List<String> events = new CopyOnWriteArrayList<>();
  }

  @Configuration(proxyBeanMethods = false)
  @Import(Handlers.class)
  static class Observed {

    @Bean
    Watch watch() {
      return new Watch();
    }

    @Bean
    JobStore store(Watch watch) {
      JobStore store =
          ObservedStore.inMemory(
              call -> {
                if (call.equals("close")) {
                  watch.events.add("store closed");
                }
              });
      store.subscribe(
          (id, change) -> {
            if (change == JobListener.Change.DONE) {
              watch.events.add("job done");
            }
          });
      return store;
    }

    /** Stands where the server's graceful shutdown does, and is told before it. */
    @Bean
    SmartLifecycle justAboveTheServer(Watch watch) {
      return new Marker(
          SmartLifecycle.DEFAULT_PHASE - 1, () -> watch.events.add("server may stop"));
    }

    /** Is told together with ours. */
    @Bean
    SmartLifecycle first(Watch watch) {
      return new Marker(SmartLifecycle.DEFAULT_PHASE, watch.stopping::countDown);
    }
  }

  private static final class Marker implements SmartLifecycle {

    private final int phase;
    private final Runnable atStop;
    private boolean running;

    Marker(int phase, Runnable atStop) {
      this.phase = phase;
      this.atStop = atStop;
    }

    @Override
    public void start() {
      running = true;
    }

    @Override
    public void stop() {
      running = false;
      atStop.run();
    }

    @Override
    public boolean isRunning() {
      return running;
    }

    @Override
    public int getPhase() {
      return phase;
    }
  }
}

package io.bifrostfilter;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bifrostfilter.testing.Container;
import io.bifrostfilter.testing.Handler;
import io.bifrostfilter.testing.TestApp;
import jakarta.servlet.Filter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Stopping under load, and starting again. */
@ParameterizedClass
@EnumSource(Container.class)
class StopTest {

  private final Container container;

  StopTest(Container container) {
    this.container = container;
  }

  private static Set<Thread> ours() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("bifrost"))
        .filter(Thread::isAlive)
        .collect(Collectors.toCollection(HashSet::new));
  }

  @Test
  void anUndeployUnderLoadDrainsWhatRunsAndLeavesNoThread() throws Exception {
    Set<Thread> before = ours();
    var latch = new CountDownLatch(1);
    var started = new CountDownLatch(4);
    var finished = new AtomicInteger();
    var stopper = Executors.newSingleThreadExecutor();
    Handler handler =
        (request, response) -> {
          started.countDown();
          try {
            latch.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          finished.incrementAndGet();
        };
    var app =
        TestApp.on(container)
            .config(c -> c.maxConcurrency(4).drainTimeout(Duration.ofSeconds(30)))
            .start(handler);
    try {
      List<String> ids = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        ids.add(app.submitChat());
      }
      started.await();
      var stopped =
          stopper.submit(
              () -> {
                app.undeploy();
                return true;
              });
      latch.countDown();

      assertThat(stopped.get(30, TimeUnit.SECONDS)).isTrue();
      assertThat(finished).hasValueGreaterThanOrEqualTo(4);
      Set<Thread> left = ours();
      left.removeAll(before);
      assertThat(left).isEmpty();
    } finally {
      app.close();
      stopper.shutdownNow();
    }
  }

  @Test
  void aJobThatDoesNotEndIsLetGoAfterTheDrainTimeout() throws Exception {
    Set<Thread> before = ours();
    var latch = new CountDownLatch(1);
    var started = new CountDownLatch(1);
    Handler endless =
        (request, response) -> {
          started.countDown();
          try {
            latch.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        };
    try (var app =
        TestApp.on(container).config(c -> c.drainTimeout(Duration.ofMillis(50))).start(endless)) {
      app.submitChat();
      started.await();
      // The container itself may wait for the handler; ours must be gone by then.
      new Thread(
              () -> {
                try {
                  app.undeploy();
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              },
              "stopper")
          .start();
      Set<Thread> left;
      do {
        Thread.onSpinWait();
        left = ours();
        left.removeAll(before);
      } while (!left.isEmpty());
      latch.countDown();
    }
  }

  @Test
  void aSubmitWhileItStopsIsRefusedAndAPollIsAnswered() throws Exception {
    var latch = new CountDownLatch(1);
    var started = new CountDownLatch(1);
    AsyncJobs[] parts = new AsyncJobs[1];
    Handler slow = Handler.answeringJson("{}").after(latch);
    Handler handler =
        (request, response) -> {
          started.countDown();
          slow.handle(request, response);
        };
    try (var app =
        TestApp.on(container)
            .config(c -> c.drainTimeout(Duration.ofSeconds(30)))
            .onBuilt(built -> parts[0] = built)
            .start(handler)) {
      String id = app.submitChat();
      started.await();
      var closing = new Thread(parts[0]::drain, "draining");
      closing.start();
      TestApp.Reply reply;
      do {
        reply = app.post("/v1/async/chat/completions", TestApp.CHAT_BODY);
      } while (reply.status() == 202);

      assertThat(reply.status()).isEqualTo(503);
      assertThat(reply.json().at("/error/code").asText()).isEqualTo("overloaded");
      assertThat(app.get("/v1/async/chat/completions/" + id).json().path("status").asText())
          .isEqualTo("processing");
      latch.countDown();
      closing.join();
    }
  }

  @Test
  void aPollThatIsHeldWhenTheServerStopsGetsNoErrorPage() throws Exception {
    var latch = new CountDownLatch(1);
    var held = new CountDownLatch(1);
    Filter outermost =
        (request, response, chain) -> {
          chain.doFilter(request, response);
          if (request.isAsyncStarted()) {
            held.countDown();
          }
        };
    var app =
        TestApp.on(container)
            .filterBefore(outermost)
            .start(Handler.answeringJson("{}").after(latch));
    var stopper = Executors.newSingleThreadExecutor();
    try (var socket = app.connect()) {
      String poll = "GET /v1/async/chat/completions/" + app.submitChat() + " HTTP/1.1\r\n";
      socket
          .getOutputStream()
          .write((poll + "Host: a\r\nPrefer: wait=60\r\n\r\n").getBytes(US_ASCII));
      held.await();
      var stopped = stopper.submit(app::close);
      String answer = new String(socket.getInputStream().readAllBytes(), US_ASCII);
      latch.countDown();
      stopped.get();

      assertThat(answer).doesNotContain("HTTP/1.1 5", "<html");
    } finally {
      latch.countDown();
      stopper.shutdownNow();
    }
  }

  @Test
  void aRedeployInTheSameVmWorks() {
    Set<Thread> before = ours();
    for (int i = 0; i < 3; i++) {
      try (var app = TestApp.on(container).start(Handler.answeringJson("{}"))) {
        assertThat(app.whenChatDone(app.submitChat()).json().path("status").asText())
            .isEqualTo("completed");
      }
    }
    Set<Thread> left = ours();
    left.removeAll(before);
    assertThat(left).isEmpty();
  }

  @Test
  void partsThatAreClosedStayClosed() {
    AsyncJobs jobs = AsyncJobs.builder().build();
    jobs.start();
    jobs.start();
    jobs.close();
    jobs.close();
    assertThatThrownBy(jobs::start).isInstanceOf(IllegalStateException.class);
  }
}

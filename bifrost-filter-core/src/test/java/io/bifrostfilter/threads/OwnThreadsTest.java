package io.bifrostfilter.threads;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class OwnThreadsTest {

  private static final Duration LONG = Duration.ofSeconds(20);

  @Test
  void threadsHaveTheNameAndDoNotKeepTheProcessAlive() {
    OwnThreads several = OwnThreads.numbered("each");
    OwnThreads one = OwnThreads.one("alone");

    List<Thread> made =
        List.of(
            several.newThread(() -> {}),
            several.newThread(() -> {}),
            one.newThread(() -> {}),
            one.newThread(() -> {}));

    assertThat(made)
        .extracting(Thread::getName)
        .containsExactly("each-1", "each-2", "alone", "alone");
    assertThat(made).allMatch(Thread::isDaemon);
  }

  @Test
  void noThreadLivesWhenAllHaveEnded() {
    // Whoever waits for the executor alone sees one alive in some of so many.
    for (int i = 0; i < 500; i++) {
      OwnThreads threads = OwnThreads.numbered("each");
      List<Thread> seen = new CopyOnWriteArrayList<>();
      ExecutorService executor = Executors.newFixedThreadPool(2, threads);
      for (int task = 0; task < 2; task++) {
        executor.execute(() -> seen.add(Thread.currentThread()));
      }
      executor.shutdown();

      assertThat(threads.await(LONG)).isTrue();
      assertThat(seen).hasSize(2).noneMatch(Thread::isAlive);
    }
  }

  @Test
  void oneThatIsBusyIsNotWaitedForLongerThanTheLimit() {
    OwnThreads threads = OwnThreads.one("busy");
    var end = new CountDownLatch(1);
    ExecutorService executor = Executors.newSingleThreadExecutor(threads);
    executor.execute(() -> awaitUninterrupted(end));
    executor.shutdown();

    assertThat(threads.await(Duration.ofMillis(10))).isFalse();

    end.countDown();
    assertThat(threads.await(LONG)).isTrue();
  }

  @Test
  void whoIsInterruptedWaitsNoMoreAndStaysInterrupted() {
    OwnThreads threads = OwnThreads.one("busy");
    var end = new CountDownLatch(1);
    ExecutorService executor = Executors.newSingleThreadExecutor(threads);
    executor.execute(() -> awaitUninterrupted(end));
    executor.shutdown();
    Thread.currentThread().interrupt();

    assertThat(threads.await(LONG)).isFalse();
    assertThat(Thread.interrupted()).isTrue();

    end.countDown();
    assertThat(threads.await(LONG)).isTrue();
  }

  @Test
  void nothingThatWasNeverMadeIsWaitedFor() {
    assertThat(OwnThreads.one("none").await(Duration.ZERO)).isTrue();
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    boolean interrupted = false;
    while (true) {
      try {
        latch.await();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}

package io.bifrostfilter.store.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.bifrostfilter.store.JobStoreException;
import io.bifrostfilter.store.jdbc.GroupCommit.Item;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GroupCommitTest {

  private static final int PATIENCE_SECONDS = 30;

  private final LinkedBlockingQueue<List<Integer>> batches = new LinkedBlockingQueue<>();

  @Test
  void whatArrivesWhileABatchIsWrittenIsTheNextBatch() throws Exception {
    var free = new CountDownLatch(1);
    try (var commits = new GroupCommit<Integer, Boolean>("test", batch -> write(batch, free))) {
      commits.add(0, 1);
      assertThat(next()).containsExactly(0);
      List<Integer> gathered = IntStream.rangeClosed(1, 100).boxed().toList();
      gathered.forEach(each -> commits.add(each, 1));
      free.countDown();

      assertThat(next()).isEqualTo(gathered);
    }
  }

  @Test
  void aBatchIsNoLargerThanItMayBeAndNothingIsLeftBehind() throws Exception {
    var free = new CountDownLatch(1);
    var items = new ArrayList<Item<Integer, Boolean>>();
    try (var commits = new GroupCommit<Integer, Boolean>("test", batch -> write(batch, free))) {
      for (int i = 0; i <= 2 * GroupCommit.MAX_ITEMS; i++) {
        items.add(commits.add(i, 1));
      }
      free.countDown();
    }

    assertThat(batches)
        .allSatisfy(each -> assertThat(each).hasSizeBetween(1, GroupCommit.MAX_ITEMS));
    assertThat(batches.stream().flatMap(List::stream))
        .containsExactlyElementsOf(
            IntStream.rangeClosed(0, 2 * GroupCommit.MAX_ITEMS).boxed().toList());
    assertThat(items).allSatisfy(each -> assertThat(each.result).isCompletedWithValue(true));
  }

  @Test
  void whatWasWithdrawnIsNotWritten() throws Exception {
    var free = new CountDownLatch(1);
    try (var commits = new GroupCommit<Integer, Boolean>("test", batch -> write(batch, free))) {
      commits.add(0, 1);
      next();
      assertThat(commits.add(1, 1).withdraw()).isTrue();
      commits.add(2, 1);
      free.countDown();

      assertThat(next()).containsExactly(2);
    }
  }

  @Test
  void nothingIsTakenOnceItIsClosed() {
    var commits = new GroupCommit<Integer, Boolean>("test", batch -> {});
    commits.close();

    assertThatThrownBy(() -> commits.add(1, 1)).isInstanceOf(JobStoreException.class);
  }

  private List<Integer> next() throws InterruptedException {
    return batches.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  private void write(List<Item<Integer, Boolean>> batch, CountDownLatch free) {
    batches.add(batch.stream().map(each -> each.value).toList());
    try {
      free.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    batch.forEach(each -> each.result.complete(true));
  }
}

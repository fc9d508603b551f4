package io.bifrostfilter.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.bifrostfilter.job.Bytes;
import io.bifrostfilter.recording.BodyRecorder.Verdict;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies as they arrive. */
class BodyRecorderTest {

  private static final long UNKNOWN = -1;

  private final ByteBudget budget = new ByteBudget(1_000_000);

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 99, 100, 16_383, 16_384, 16_385, 100_000})
  void aBodyIsRecordedByteForByte(int size) throws IOException {
    byte[] body = random(size);
    for (long announced : new long[] {UNKNOWN, size}) {
      try (var recorder = new BodyRecorder(100_000, announced, budget)) {
        assertThat(recorder.readFully(new ByteArrayInputStream(body))).isEqualTo(Verdict.FITS);
        assertThat(recorder.size()).isEqualTo(size);
        assertThat(recorder.bytes()).isEqualTo(Bytes.wrap(body));
      }
    }
  }

  @Test
  void aBodyThatComesInSmallPiecesIsRecordedByteForByte() throws IOException {
    byte[] body = random(20_000);
    try (var recorder = new BodyRecorder(20_000, UNKNOWN, budget)) {
      assertThat(recorder.readFully(inPiecesOf(7, body))).isEqualTo(Verdict.FITS);
      assertThat(recorder.bytes()).isEqualTo(Bytes.wrap(body));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 1_000, 16_384, 50_000})
  void theLimitMayBeReachedButNotPassed(int limit) throws IOException {
    for (boolean announced : new boolean[] {true, false}) {
      assertThat(verdict(limit, limit, announced)).isEqualTo(Verdict.FITS);
      assertThat(verdict(limit, limit + 1, announced)).isEqualTo(Verdict.OVER_LIMIT);
    }
  }

  @Test
  void aBodyThatIsAnnouncedAsTooLongIsNotEvenRead() throws IOException {
    var unread = new ByteArrayInputStream(random(200));
    try (var recorder = new BodyRecorder(100, 101, budget)) {
      assertThat(recorder.readFully(unread)).isEqualTo(Verdict.OVER_LIMIT);
      assertThat(unread.available()).isEqualTo(200);
      assertThat(budget.taken()).isZero();
    }
  }

  @Test
  void aBodyThatIsLongerThanAnnouncedIsRecordedWhole() throws IOException {
    byte[] body = random(500);
    try (var recorder = new BodyRecorder(1_000, 10, budget)) {
      assertThat(recorder.readFully(new ByteArrayInputStream(body))).isEqualTo(Verdict.FITS);
      assertThat(recorder.bytes()).isEqualTo(Bytes.wrap(body));
    }
  }

  @Test
  void aBodyThatIsShorterThanAnnouncedIsRecordedAsFarAsItCame() throws IOException {
    try (var recorder = new BodyRecorder(1_000, 900, budget)) {
      assertThat(recorder.readFully(new ByteArrayInputStream(new byte[5]))).isEqualTo(Verdict.FITS);
      assertThat(recorder.size()).isEqualTo(5);
    }
  }

  @Test
  void anAnnouncementAloneTakesNoMemory() throws IOException {
    var small = new ByteBudget(50_000);
    try (var recorder = new BodyRecorder(1_000_000, 900_000, small)) {
      assertThat(recorder.readFully(new ByteArrayInputStream(new byte[10])))
          .isEqualTo(Verdict.FITS);
    }
  }

  @Test
  void aBodyThatTheBudgetDoesNotCoverIsRefused() throws IOException {
    var small = new ByteBudget(20_000);
    try (var recorder = new BodyRecorder(1_000_000, UNKNOWN, small)) {
      assertThat(recorder.readFully(new ByteArrayInputStream(new byte[30_000])))
          .isEqualTo(Verdict.OVER_BUDGET);
      assertThat(small.taken()).isLessThanOrEqualTo(20_000);
    }
    assertThat(small.taken()).isZero();
  }

  @Test
  void bodiesThatArriveAtOnceShareTheBudget() throws IOException {
    var small = new ByteBudget(1_500);
    try (var second = new BodyRecorder(1_000, UNKNOWN, small)) {
      try (var first = new BodyRecorder(1_000, UNKNOWN, small)) {
        assertThat(first.readFully(new ByteArrayInputStream(new byte[1_000])))
            .isEqualTo(Verdict.FITS);
        assertThat(second.append(ByteBuffer.allocate(1_000))).isEqualTo(Verdict.OVER_BUDGET);
      }
      assertThat(second.append(ByteBuffer.allocate(1_000))).isEqualTo(Verdict.FITS);
    }
  }

  @Test
  void theBudgetIsGivenBackOnceHoweverTheRecordingEnded() throws IOException {
    for (int size : new int[] {0, 10, 1_000, 1_001}) {
      var recorder = new BodyRecorder(1_000, UNKNOWN, budget);
      recorder.readFully(new ByteArrayInputStream(new byte[size]));
      recorder.close();
      recorder.close();
      assertThat(budget.taken()).isZero();
    }
  }

  @Test
  void theBudgetIsGivenBackWhenTheConnectionBreaks() {
    var broken =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new IOException("the other end is gone");
          }

          @Override
          public int read(byte[] into, int offset, int length) throws IOException {
            return read();
          }
        };

    assertThatIOException()
        .isThrownBy(
            () -> {
              try (var recorder = new BodyRecorder(1_000, UNKNOWN, budget)) {
                recorder.readFully(broken);
              }
            })
        .withMessage("the other end is gone");
    assertThat(budget.taken()).isZero();
  }

  @Test
  void whatWasRecordedOutlivesTheRecorder() throws IOException {
    byte[] body = random(1_000);
    Bytes bytes;
    try (var recorder = new BodyRecorder(1_000, UNKNOWN, budget)) {
      recorder.readFully(new ByteArrayInputStream(body));
      bytes = recorder.bytes();
    }

    assertThat(bytes).isEqualTo(Bytes.wrap(body));
  }

  @Test
  void piecesAreAppendedUpToTheLimit() {
    try (var recorder = new BodyRecorder(10, UNKNOWN, budget)) {
      assertThat(recorder.append(ByteBuffer.wrap(new byte[] {1, 2, 3}))).isEqualTo(Verdict.FITS);
      assertThat(recorder.append(ByteBuffer.allocate(0))).isEqualTo(Verdict.FITS);
      assertThat(recorder.append(ByteBuffer.allocate(7))).isEqualTo(Verdict.FITS);
      assertThat(recorder.append(ByteBuffer.allocate(1))).isEqualTo(Verdict.OVER_LIMIT);
      assertThat(recorder.size()).isEqualTo(10);
      assertThat(recorder.bytes()).isEqualTo(Bytes.wrap(new byte[] {1, 2, 3, 0, 0, 0, 0, 0, 0, 0}));
    }
  }

  @Test
  void aPieceThatDoesNotFitIsLeftInItsBuffer() {
    try (var recorder = new BodyRecorder(10, UNKNOWN, budget)) {
      ByteBuffer piece = ByteBuffer.allocate(11);

      assertThat(recorder.append(piece)).isEqualTo(Verdict.OVER_LIMIT);
      assertThat(piece.remaining()).isEqualTo(11);
      assertThat(recorder.size()).isZero();
    }
  }

  @Test
  void aDirectBufferIsAppendedToo() {
    ByteBuffer piece = ByteBuffer.allocateDirect(3).put(new byte[] {7, 8, 9}).flip();
    try (var recorder = new BodyRecorder(10, 3, budget)) {
      recorder.append(piece);

      assertThat(recorder.bytes()).isEqualTo(Bytes.wrap(new byte[] {7, 8, 9}));
    }
  }

  private Verdict verdict(int limit, int size, boolean announced) throws IOException {
    try (var recorder = new BodyRecorder(limit, announced ? size : UNKNOWN, budget)) {
      return recorder.readFully(new ByteArrayInputStream(new byte[size]));
    }
  }

  private static byte[] random(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  private static InputStream inPiecesOf(int most, byte[] body) {
    return new ByteArrayInputStream(body) {
      @Override
      public synchronized int read(byte[] into, int offset, int length) {
        return super.read(into, offset, Math.min(length, most));
      }
    };
  }
}

package io.bifrostfilter.redis;

import static io.bifrostfilter.redis.TestStores.LEASE;
import static io.bifrostfilter.redis.TestStores.added;
import static io.bifrostfilter.redis.TestStores.answer;
import static io.bifrostfilter.redis.TestStores.claimOne;
import static io.bifrostfilter.redis.TestStores.complete;
import static io.bifrostfilter.redis.TestStores.job;
import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.job.Failure;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.JobStatus;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.store.Admission;
import io.bifrostfilter.store.ClaimedJob;
import io.bifrostfilter.store.JobCounts;
import io.lettuce.core.RedisClient;
import io.lettuce.core.api.sync.RedisCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two nodes' stores on one server, by the server's own clock, and what is on that server. */
class SharedStoreTest {

  private RedisProcess redis;
  private RedisJobStore one;
  private RedisJobStore other;
  private RedisClient client;

  @BeforeEach
  void start() {
    redis = RedisProcess.start("--appendonly", "yes");
    one = TestStores.open(redis.uri());
    other = TestStores.open(redis.uri());
    client = RedisClient.create(redis.uri());
  }

  @AfterEach
  void stop() {
    one.close();
    other.close();
    client.shutdown();
    redis.close();
  }

  @Test
  void aJobThatIsGivenBackKeepsItsPlaceInTheQueue() {
    Job first = added(one);
    Job second = added(one);
    Job third = added(one);
    List<ClaimedJob> claimed = one.claim(2, LEASE);
    one.release(claimed.get(1).lease());
    one.release(claimed.get(0).lease());

    assertThat(other.claim(3, LEASE))
        .extracting(each -> each.job().id())
        .containsExactly(first.id(), second.id(), third.id());
  }

  @Test
  void noJobEndsBeforeItBeganHoweverNodesClocksDiffer() {
    Instant ahead = Instant.now().plusSeconds(60).truncatedTo(ChronoUnit.MILLIS);
    Job job = added(one, job(Duration.ofHours(1), ahead));

    complete(other, claimOne(other).lease(), answer("{}"));

    assertThat(one.find(job.id()).orElseThrow().whenCompleted()).isEqualTo(ahead);
  }

  @Test
  void theDataOfAJobThatIsDoneGoesByItself() {
    Job job = added(one, job(Duration.ofSeconds(1), Instant.now()));
    complete(one, claimOne(one).lease(), answer("{}"));
    RedisCommands<String, String> server = client.connect().sync();
    assertThat(TestStores.keys(server, "{bifrost}:", "*" + job.id())).hasSize(3);

    TestStores.until("expired", () -> one.find(job.id()).isEmpty());

    // The job, its result and its idempotency key, which the server keeps for a millisecond more.
    TestStores.until("gone", () -> TestStores.keys(server, "{bifrost}:", "*" + job.id()).isEmpty());
    assertThat(one.newest(10)).isEmpty();
    assertThat(one.counts().stored()).isZero();
    one.removeExpired();
    // Only what is there to make the next job's are left.
    assertThat(TestStores.keys(server, "{bifrost}:", "*"))
        .containsExactlyInAnyOrder("{bifrost}:queue", "{bifrost}:tokens", "{bifrost}:bytes");
  }

  @Test
  void aRequestThatCannotBeReadFailsItsJobAndHarmsNoOther() {
    Job tampered = added(one);
    Job fine = added(one);
    spoil("{bifrost}:request:" + tampered.id());

    assertThat(one.claim(10, LEASE)).extracting(each -> each.job().id()).containsExactly(fine.id());

    Job failed = other.find(tampered.id()).orElseThrow();
    assertThat(failed.status()).isEqualTo(JobStatus.FAILED);
    assertUnreadable(failed, "The stored request cannot be read");
  }

  @Test
  void aRequestOfAnotherJobIsNotTaken() {
    Job one = added(this.one);
    Job other = added(this.one);
    RedisCommands<byte[], byte[]> server = client.connect(ByteArrayCodec.INSTANCE).sync();
    server.set(
        bytes("{bifrost}:request:" + one.id()),
        server.get(bytes("{bifrost}:request:" + other.id())));

    assertThat(this.one.claim(10, LEASE)).hasSize(1);
    assertUnreadable(this.one.find(one.id()).orElseThrow(), "The stored request cannot be read");
  }

  @Test
  void aResultThatCannotBeReadIsAnsweredAsAFailure() {
    Job job = added(one);
    complete(one, claimOne(one).lease(), answer("{}"));
    spoil("{bifrost}:result:" + job.id());

    Job found = other.find(job.id()).orElseThrow();

    assertThat(found.status()).isEqualTo(JobStatus.FAILED);
    assertUnreadable(found, "The stored result cannot be read");
  }

  @Test
  void nobodyGetsAResultByMakingAJobTheirOwn() {
    Job first = added(one);
    Job done = added(one);
    complete(one, claimOne(one).lease(), answer("{}"));
    complete(one, claimOne(one).lease(), answer("{}"));
    Job later = added(one);
    RedisCommands<byte[], byte[]> server = client.connect(ByteArrayCodec.INSTANCE).sync();
    for (Job job : List.of(first, done, later)) {
      server.hset(bytes("{bifrost}:job:" + job.id()), bytes("owner"), bytes("mallory"));
    }

    assertUnreadable(other.find(first.id()).orElseThrow(), "was changed after it was stored");
    assertUnreadable(other.find(done.id()).orElseThrow(), "was changed after it was stored");
    assertThat(other.claim(10, LEASE)).isEmpty();
    assertUnreadable(other.find(later.id()).orElseThrow(), "was changed after it was stored");
  }

  @Test
  void keysThatWereRemovedByHandStopNothing() {
    Job removed = added(one);
    Job running = added(one);
    Job fine = added(one);
    RedisCommands<String, String> server = client.connect().sync();
    server.del("{bifrost}:job:" + removed.id(), "{bifrost}:request:" + removed.id());
    ClaimedJob claimed = claimOne(one);
    assertThat(claimed.job().id()).isEqualTo(running.id());
    server.del("{bifrost}:job:" + running.id());

    assertThat(complete(one, claimed.lease(), answer("{}"))).isFalse();
    assertThat(claimOne(one).job().id()).isEqualTo(fine.id());
  }

  @Test
  void aServerThatForgotEverythingIsFilledAnew() {
    added(one);
    RedisCommands<String, String> server = client.connect().sync();
    server.flushall();
    server.scriptFlush();

    Job job = added(one);

    assertThat(claimOne(other).job().id()).isEqualTo(job.id());
  }

  @Test
  void nothingThatTheServerEverWroteHoldsAPromptAResultOrACredential() throws IOException {
    Job job = job();
    one.add(
        job,
        TestStores.request("s3cret-prompt", "Authorization", "Bearer s3cret-credential"),
        TestStores.AMPLE);
    complete(one, claimOne(one).lease(), answer("s3cret-result"));

    String written = written(redis.directory());
    assertThat(written).contains(job.id().toString()).contains("chat/completions");
    assertThat(written).doesNotContain("s3cret");
  }

  @Test
  void aServerWithoutMemoryRefusesSubmitsAndStartsNothing() {
    Job waiting = added(one);
    withoutMemory();

    assertThat(one.add(job(), TestStores.request("{}"), TestStores.AMPLE))
        .isEqualTo(new Admission.Refused(Admission.Reason.STORE_FULL));
    assertThat(one.claim(10, LEASE)).isEmpty();
    assertThat(one.find(waiting.id())).contains(waiting);
    withMemory();
    assertThat(one.claim(10, LEASE)).hasSize(1);
    assertThat(one.counts()).isEqualTo(new JobCounts(0, 1, 0, 0, storedBytes()));
  }

  @Test
  void whatRunsWhenMemoryEndsIsRenewedAndRecorded() {
    added(one);
    ClaimedJob small = claimOne(one);
    added(one);
    ClaimedJob large = claimOne(one);
    added(one);
    ClaimedJob cancelled = claimOne(one);
    added(one);
    ClaimedJob released = claimOne(one);
    withoutMemory();

    assertThat(one.renew(List.of(small.lease(), large.lease()), LEASE)).isEmpty();
    assertThat(complete(one, small.lease(), answer("{}"))).isTrue();
    assertThat(complete(one, large.lease(), answer("x".repeat(100_000)))).isTrue();
    one.finish(
        cancelled.job().id(), new Outcome.Unanswered(Failure.CANCELLED, "The job was cancelled."));
    assertThat(one.release(released.lease())).isTrue();
    assertThat(one.delete(released.job().id())).isTrue();

    assertThat(one.find(small.job().id()).orElseThrow().result()).contains(answer("{}"));
    assertThat(one.find(large.job().id()).orElseThrow().result().orElseThrow())
        .isInstanceOfSatisfying(
            Outcome.Unanswered.class,
            outcome -> assertThat(outcome.failure()).isEqualTo(Failure.RESPONSE_TOO_LARGE));
    assertThat(one.counts()).isEqualTo(new JobCounts(0, 0, 1, 2, storedBytes()));
  }

  @Test
  void theBytesThatAreCountedAreThoseThatAreStored() {
    Job deleted = added(one);
    added(one);
    ClaimedJob first = claimOne(one);
    ClaimedJob second = claimOne(one);
    Job brief = added(one, job(Duration.ofMillis(1), Instant.now().minusSeconds(1)));
    assertThat(one.counts().bytes()).isPositive().isEqualTo(storedBytes());

    complete(one, first.lease(), answer("x".repeat(10_000)));
    complete(one, second.lease(), answer("{}"));
    assertThat(one.counts().bytes()).isGreaterThan(10_000).isEqualTo(storedBytes());
    one.delete(deleted.id());
    assertThat(one.counts().bytes()).isLessThan(10_000).isEqualTo(storedBytes());
    complete(one, claimOne(one).lease(), answer("y".repeat(10_000)));
    TestStores.until("it has expired", () -> one.find(brief.id()).isEmpty());
    one.removeExpired();
    assertThat(one.counts().bytes()).isPositive().isEqualTo(storedBytes());
    added(one);
    one.delete(claimOne(one).job().id());
    one.delete(second.job().id());
    assertThat(one.counts().bytes()).isZero();
  }

  /** What the requests and results on the server take. */
  private long storedBytes() {
    RedisCommands<String, String> server = client.connect().sync();
    return Stream.of("request", "result")
        .flatMap(kind -> TestStores.keys(server, "{bifrost}:", "{bifrost}:" + kind + ":*").stream())
        .mapToLong(server::strlen)
        .sum();
  }

  private void withoutMemory() {
    client.connect().sync().configSet("maxmemory", "1");
  }

  private void withMemory() {
    client.connect().sync().configSet("maxmemory", "0");
  }

  private void spoil(String key) {
    RedisCommands<byte[], byte[]> server = client.connect(ByteArrayCodec.INSTANCE).sync();
    byte[] sealed = server.get(bytes(key));
    sealed[sealed.length - 1] ^= 1;
    server.set(bytes(key), sealed);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void assertUnreadable(Job job, String message) {
    assertThat(job.result().orElseThrow())
        .isInstanceOfSatisfying(
            Outcome.Unanswered.class,
            outcome -> {
              assertThat(outcome.failure()).isEqualTo(Failure.WORKER_LOST);
              assertThat(outcome.message()).contains(message);
            });
  }

  private static String written(Path directory) throws IOException {
    var all = new StringBuilder();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        all.append(Files.readString(file, StandardCharsets.ISO_8859_1));
      }
    }
    return all.toString();
  }
}

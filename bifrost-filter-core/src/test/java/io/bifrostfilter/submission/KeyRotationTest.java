package io.bifrostfilter.submission;

import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.crypto.Keyring;
import io.bifrostfilter.job.Bytes;
import io.bifrostfilter.job.Caller;
import io.bifrostfilter.job.Headers;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.Origin;
import io.bifrostfilter.job.RecordedRequest;
import io.bifrostfilter.observation.JobObservers;
import io.bifrostfilter.store.Admission;
import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.Limits;
import io.bifrostfilter.store.memory.MemoryJobStore;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Nodes that share a store, and not always the same keys. */
class KeyRotationTest {

  private static final String OLD = "b2xkLWtleS1vZi0zMi1ieXRlcy1mb3ItdGVzdHMtISE=";
  private static final String NEW = "bmV3LWtleS1vZi0zMi1ieXRlcy1mb3ItdGVzdHMtISE=";

  private final JobStore store = new MemoryJobStore(Clock.systemUTC(), 1 << 20);
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final List<JobService> nodes = new ArrayList<>();

  @AfterEach
  void stop() {
    nodes.forEach(JobService::close);
    timer.shutdownNow();
    store.close();
  }

  @Test
  void aJobOpensToItsOwnerOnEveryNodeWithTheSameKeys() {
    Job job = added(node(OLD), "alice", "key", "body");

    assertThat(node(OLD).find(ref(job, "alice"))).contains(job);
    assertThat(node(OLD).find(ref(job, "mallory"))).isEmpty();
    assertThat(node(OLD).find(new JobRef(job.id(), job.route(), Optional.empty()))).isEmpty();
  }

  @Test
  void aJobStaysItsOwnersWhenTheKeysAreRotated() {
    Job before = added(node(OLD), "alice", "before", "body");
    Job after = added(node(NEW + "," + OLD), "alice", "after", "body");

    for (String keys : List.of(NEW + "," + OLD, OLD + "," + NEW)) {
      for (Job job : List.of(before, after)) {
        assertThat(node(keys).find(ref(job, "alice"))).contains(job);
        assertThat(node(keys).find(ref(job, "mallory"))).isEmpty();
      }
    }
    assertThat(node(NEW).find(ref(before, "alice"))).isEmpty();
  }

  @Test
  void theSameSubmitGivesTheSameJobWhileKeysAreRotated() {
    Job job = added(node(OLD), "alice", "key", "body");

    for (String keys : List.of(OLD, NEW + "," + OLD, OLD + "," + NEW)) {
      assertThat(submit(node(keys), "alice", "key", "body"))
          .as(keys)
          .isEqualTo(new Admission.Replayed(job));
      assertThat(submit(node(keys), "alice", "key", "another body"))
          .as(keys)
          .isEqualTo(new Admission.KeyReused());
      assertThat(submit(node(keys), "bob" + keys, "key", "body"))
          .as(keys)
          .isInstanceOf(Admission.Added.class);
    }
  }

  @Test
  void withoutKeysNodesStillKnowTheSameCallers() {
    Job job = added(node("none"), "alice", "key", "body");

    assertThat(node("none").find(ref(job, "alice"))).contains(job);
    assertThat(node("none").find(ref(job, "mallory"))).isEmpty();
    assertThat(node(OLD).find(ref(job, "alice"))).isEmpty();
  }

  @Test
  void whatIsKeptOfACallerIsNotTheCaller() {
    Job job = added(node(OLD), "alice", "key", "body");

    assertThat(job.owner()).doesNotContain("alice").isNotEqualTo(job.route());
    assertThat(job.toString()).doesNotContain("alice").doesNotContain("body");
  }

  private JobService node(String keys) {
    var node =
        new JobService(
            store,
            new Limits(1_000, 1_000),
            Recognizer.sharing(Keyring.parse(keys)),
            Clock.systemUTC(),
            timer,
            new JobObservers(List.of()));
    nodes.add(node);
    return node;
  }

  private static Job added(JobService node, String caller, String key, String body) {
    return ((Admission.Added) submit(node, caller, key, body)).job();
  }

  private static Admission submit(JobService node, String caller, String key, String body) {
    Bytes bytes = Bytes.of(body);
    return node.submit(
        new Submission(
            "request",
            "chat/completions",
            Optional.empty(),
            Optional.of(caller),
            Duration.ofHours(1),
            Optional.of(key),
            Optional.empty(),
            () -> List.of(bytes),
            new RecordedRequest(
                "POST",
                "/v1/chat/completions",
                Headers.none(),
                bytes,
                new Caller("127.0.0.1", "127.0.0.1", 1),
                new Origin("node", false, "127.0.0.1", 1),
                List.of())));
  }

  private static JobRef ref(Job job, String caller) {
    return new JobRef(job.id(), job.route(), Optional.of(caller));
  }
}

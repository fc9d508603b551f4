package io.bifrostfilter.store.memory;

import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.job.Bytes;
import io.bifrostfilter.job.Caller;
import io.bifrostfilter.job.Headers;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.Origin;
import io.bifrostfilter.job.RecordedRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class SharedPartsTest {

  private static final String LONG = "01234567890123456789012345678901234567890123456789";
  private static final String OWNER = "JPS_VCQJ3T2PGSojMSVJKxbLC6mzXgr6eZro_9tV42k";
  private static final String KEY = "Bearer short";
  private static final Duration TTL = Duration.ofHours(1);
  private static final Instant NOW = Instant.parse("2026-02-19T08:10:17.831Z");

  private final SharedParts shared = new SharedParts();

  @Test
  void aRequestIsEqualToWhatItWasMadeOf() {
    RecordedRequest request = request("{}");

    assertThat(shared.in(request)).isEqualTo(request);
    assertThat(shared.in(request("{}"))).isEqualTo(request);
  }

  @Test
  void requestsKeepOneOfEachThingThatTheyHaveInCommon() {
    RecordedRequest one = shared.in(request("{}"));
    RecordedRequest other = shared.in(request("[]"));

    assertThat(other.method()).isSameAs(one.method());
    assertThat(other.pathAndQuery()).isSameAs(one.pathAndQuery());
    assertThat(other.origin()).isSameAs(one.origin());
    assertThat(other.caller().address()).isSameAs(one.caller().address());
    assertThat(other.caller().host()).isSameAs(one.caller().host());
    assertThat(texts(other).get(0)).isSameAs(texts(one).get(0));
    assertThat(texts(other).get(1)).isSameAs(texts(one).get(1));
  }

  @Test
  void aJobIsEqualToWhatItWasMadeOf() {
    Job job = job("openai/gpt-4");
    Job bare = Job.pending(job.id(), "request-1", "ocr", null, null, null, TTL, NOW);

    assertThat(shared.in(job)).isEqualTo(job);
    assertThat(shared.in(bare)).isEqualTo(bare);
    assertThat(shared.in(job.claimed())).isEqualTo(job.claimed());
  }

  @Test
  void jobsKeepOneOfEachTextThatTheyHaveInCommon() {
    Job one = shared.in(job("openai/gpt-4"));
    Job other = shared.in(job("openai/gpt-4"));

    assertThat(other.route()).isSameAs(one.route());
    assertThat(other.model()).isSameAs(one.model());
    assertThat(other.owner()).isEqualTo(OWNER).isSameAs(one.owner());
    assertThat(shared.in(job(LONG)).model()).isNotSameAs(shared.in(job(LONG)).model());
  }

  @Test
  void whatIsLongOrACallersOwnIsNotRememberedForOthers() {
    RecordedRequest one = shared.in(request("{}"));
    RecordedRequest other = shared.in(request("{}"));

    assertThat(texts(other).get(3)).isEqualTo(LONG).isNotSameAs(texts(one).get(3));
    assertThat(texts(other).get(5)).isEqualTo(KEY).isNotSameAs(texts(one).get(5));
  }

  @Test
  void moreThanCanBeRememberedIsForgottenAgain() {
    var texts = new Representatives<String>();
    String first = texts.of(new String("first"));
    for (int i = 0; i < 100_000; i++) {
      assertThat(texts.of("other" + i)).isEqualTo("other" + i);
    }
    String later = new String("first");

    assertThat(texts.of(later)).isSameAs(later).isNotSameAs(first);
  }

  @Test
  void threadsThatRaceGetWhatTheyAskedFor() throws Exception {
    var texts = new Representatives<String>();
    Callable<Integer> askForMany =
        () -> {
          int wrong = 0;
          for (int i = 0; i < 20_000; i++) {
            String asked = "text" + i % 5_000;
            wrong += texts.of(asked).equals(asked) ? 0 : 1;
          }
          return wrong;
        };
    var threads = Executors.newFixedThreadPool(4);
    try {
      for (Future<Integer> wrong :
          threads.invokeAll(List.of(askForMany, askForMany, askForMany, askForMany))) {
        assertThat(wrong.get()).isZero();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static List<String> texts(RecordedRequest request) {
    var texts = new ArrayList<String>();
    request
        .headers()
        .forEach(
            (name, value) -> {
              texts.add(name);
              texts.add(value);
            });
    return texts;
  }

  /** None of its parts is the same object as another's. */
  private static Job job(String model) {
    return Job.pending(
        UUID.randomUUID(),
        "request-1",
        new String("chat/completions"),
        new String(model),
        new String(OWNER),
        null,
        TTL,
        NOW);
  }

  /** None of its parts is the same object as another's. */
  private static RecordedRequest request(String body) {
    return new RecordedRequest(
        new String("POST"),
        new String("/v1/chat/completions"),
        Headers.of(
            new String("X-Stainless-Lang"),
            new String("python"),
            new String("User-Agent"),
            new String(LONG),
            new String("Authorization"),
            new String(KEY)),
        Bytes.of(body),
        new Caller(new String("192.0.2.1"), new String("client.example.org"), 40000),
        new Origin(new String("node"), false, new String("192.0.2.2"), 8080),
        List.of());
  }
}

package io.bifrostfilter.store.jdbc;

import io.bifrostfilter.job.Bytes;
import io.bifrostfilter.job.Caller;
import io.bifrostfilter.job.Headers;
import io.bifrostfilter.job.IdempotencyKey;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.Origin;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.job.RecordedRequest;
import io.bifrostfilter.job.RecordedResponse;
import io.bifrostfilter.store.Limits;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;

/** Jobs for the tests of the JDBC store. */
final class TestJobs {

  static final Duration LEASE = Duration.ofSeconds(30);
  static final Limits AMPLE = new Limits(10_000_000, 10_000_000);
  static final Outcome ANSWER = answer("{\"id\":\"chatcmpl-123\"}");

  private TestJobs() {}

  static Job job() {
    return job(Duration.ofHours(1), null);
  }

  static Job job(Duration ttl, IdempotencyKey key) {
    return Job.pending(
        UUID.randomUUID(),
        "request",
        "chat/completions",
        "openai/gpt-4o",
        "owner",
        key,
        ttl,
        Instant.now());
  }

  static RecordedRequest request(String body) {
    return new RecordedRequest(
        "POST",
        "/v1/chat/completions",
        Headers.of("Content-Type", "application/json", "Authorization", "Bearer my-secret-key"),
        Bytes.of(body),
        new Caller("192.0.2.1", "192.0.2.1", 50_000),
        new Origin("node", false, "127.0.0.1", 8080),
        List.of());
  }

  static Outcome answer(String json) {
    return new Outcome.Answered(
        new RecordedResponse(
            200, Headers.of("Content-Type", "application/json"), Bytes.of(json), true));
  }
}

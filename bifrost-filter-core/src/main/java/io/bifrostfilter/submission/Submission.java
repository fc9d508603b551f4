package io.bifrostfilter.submission;

import io.bifrostfilter.job.Bytes;
import io.bifrostfilter.job.RecordedRequest;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

/**
 * What a caller wants done.
 *
 * @param requestId the {@code X-Request-Id} to keep
 * @param route as polls will name it
 * @param model as written, if one was named
 * @param caller the identity of whoever asks, in the clear; kept only as a hash
 * @param resultTtl from completion to expiry
 * @param idempotencyKey by which a repeated submit is known
 * @param webhook the endpoint to tell once the job is done
 */
public record Submission(
    String requestId,
    String route,
    Optional<String> model,
    Optional<String> caller,
    Duration resultTtl,
    Optional<String> idempotencyKey,
    Optional<UUID> webhook,
    Fingerprint fingerprint,
    RecordedRequest request) {

  /**
   * What of a body must be the same for a repeated submit to be the same; asked for only if there
   * is a key.
   */
  @FunctionalInterface
  public interface Fingerprint {

    Iterable<Bytes> parts();
  }
}

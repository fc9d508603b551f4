package io.bifrostfilter.store.codec;

import io.bifrostfilter.crypto.Keyring;
import io.bifrostfilter.crypto.Seal;
import io.bifrostfilter.crypto.UnsealException;
import io.bifrostfilter.job.Bytes;
import io.bifrostfilter.job.Caller;
import io.bifrostfilter.job.Failure;
import io.bifrostfilter.job.Headers;
import io.bifrostfilter.job.IdempotencyKey;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.Origin;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.job.RecordedRequest;
import io.bifrostfilter.job.RecordedResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Writes requests and outcomes as bytes for a store to keep, sealed under the keys that the nodes
 * share, and reads them back. For many threads.
 *
 * <p>Before it is sealed, a message is the length of its head in four bytes, the head in JSON, and
 * the body as it came. Fields that a later version adds to a head are ignored by an earlier one.
 */
public final class Payloads {

  private static final String REQUEST = "request ";
  private static final String OUTCOME = "outcome ";
  private static final String TAG = "job";

  private final Seal seal;

  public Payloads(Keyring keyring) {
    this.seal = new Seal(keyring);
  }

  private record RequestHead(
      String method,
      String pathAndQuery,
      List<String> headers,
      Caller caller,
      Origin origin,
      List<String> fallbacks) {}

  /** Either the first three, or the last two. */
  private record OutcomeHead(
      @Nullable Integer statusCode,
      @Nullable List<String> headers,
      @Nullable Boolean json,
      @Nullable Failure failure,
      @Nullable String message) {}

  /** The request of that job, and of no other. */
  public byte[] write(UUID jobId, RecordedRequest request) {
    var head =
        new RequestHead(
            request.method(),
            request.pathAndQuery(),
            fields(request.headers()),
            request.caller(),
            request.origin(),
            request.fallbacks());
    return seal.seal(message(head, request.body()), REQUEST + jobId);
  }

  /**
   * @throws UnreadableException if these are not the bytes that {@link #write(UUID,
   *     RecordedRequest)} gave for that job, under a key that is still known
   */
  public RecordedRequest readRequest(UUID jobId, byte[] stored) throws UnreadableException {
    try {
      Bytes message = Bytes.wrap(seal.unseal(stored, REQUEST + jobId));
      RequestHead head = head(message, RequestHead.class);
      return new RecordedRequest(
          head.method(),
          head.pathAndQuery(),
          Headers.of(head.headers().toArray(String[]::new)),
          body(message),
          head.caller(),
          head.origin(),
          head.fallbacks());
    } catch (UnsealException | IOException | RuntimeException e) {
      throw unreadable("request", e);
    }
  }

  /** The outcome of that job, and of no other. */
  public byte[] write(UUID jobId, Outcome outcome) {
    byte[] message;
    if (outcome instanceof Outcome.Answered answered) {
      RecordedResponse response = answered.response();
      message =
          message(
              new OutcomeHead(
                  response.statusCode(), fields(response.headers()), response.json(), null, null),
              response.body());
    } else {
      var unanswered = (Outcome.Unanswered) outcome;
      message =
          message(
              new OutcomeHead(null, null, null, unanswered.failure(), unanswered.message()),
              Bytes.empty());
    }
    return seal.seal(message, OUTCOME + jobId);
  }

  /**
   * @throws UnreadableException if these are not the bytes that {@link #write(UUID, Outcome)} gave
   *     for that job, under a key that is still known
   */
  public Outcome readOutcome(UUID jobId, byte[] stored) throws UnreadableException {
    try {
      Bytes message = Bytes.wrap(seal.unseal(stored, OUTCOME + jobId));
      OutcomeHead head = head(message, OutcomeHead.class);
      if (head.failure() != null && head.message() != null) {
        return new Outcome.Unanswered(head.failure(), head.message());
      }
      if (head.statusCode() == null || head.headers() == null || head.json() == null) {
        throw new IOException("neither an answer nor a failure");
      }
      return new Outcome.Answered(
          new RecordedResponse(
              head.statusCode(),
              Headers.of(head.headers().toArray(String[]::new)),
              body(message),
              head.json()));
    } catch (UnsealException | IOException | RuntimeException e) {
      throw unreadable("result", e);
    }
  }

  /**
   * What shows later that the facts of a job were not changed, those that never change and stay
   * readable in the store: above all whose it is. Empty if there is no key.
   */
  public byte[] tag(Job job) {
    return seal.tag(facts(job), TAG);
  }

  /**
   * @throws UnreadableException if this is not the tag that {@link #tag} gave for a job with these
   *     facts, under a key that is still known
   */
  public void requireGenuine(Job job, byte[] tag) throws UnreadableException {
    if (!seal.isGenuine(tag, facts(job), TAG)) {
      throw new UnreadableException(
          "The stored job cannot be trusted: it was changed after it was stored.");
    }
  }

  private static byte[] facts(Job job) {
    IdempotencyKey key = job.idempotencyKey();
    var facts =
        Arrays.asList(
            job.id().toString(),
            job.requestId(),
            job.route(),
            job.model(),
            job.owner(),
            key == null ? null : key.scope(),
            key == null ? null : key.fingerprint(),
            job.webhook() == null ? null : job.webhook().toString(),
            Long.toString(job.resultTtl().toMillis()),
            Long.toString(job.createdAt().toEpochMilli()));
    var text = new StringBuilder();
    for (String fact : facts) {
      text.append(fact == null ? "-" : fact.length() + ":" + fact);
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static UnreadableException unreadable(String what, Exception cause) {
    String why = cause instanceof UnsealException ? cause.getMessage() : "it is damaged";
    return new UnreadableException("The stored " + what + " cannot be read: " + why + ".");
  }

  private static List<String> fields(Headers headers) {
    var fields = new ArrayList<String>();
    headers.forEach(
        (name, value) -> {
          fields.add(name);
          fields.add(value);
        });
    return fields;
  }

  private static byte[] message(Object head, Bytes body) {
    try {
      byte[] json = StoredJson.MAPPER.writeValueAsBytes(head);
      return ByteBuffer.allocate(Integer.BYTES + json.length + body.size())
          .putInt(json.length)
          .put(json)
          .put(body.asReadOnlyBuffer())
          .array();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static <T> T head(Bytes message, Class<T> type) throws IOException {
    return StoredJson.MAPPER.readValue(
        message.slice(Integer.BYTES, headEnd(message)).asStream(), type);
  }

  private static Bytes body(Bytes message) throws IOException {
    return message.slice(headEnd(message), message.size());
  }

  private static int headEnd(Bytes message) throws IOException {
    ByteBuffer buffer = message.asReadOnlyBuffer();
    int length = buffer.getInt();
    if (length < 0 || length > buffer.remaining()) {
      throw new IOException("a head longer than the message");
    }
    return Integer.BYTES + length;
  }
}

package io.bifrostfilter.job;

import java.util.List;

/**
 * A request as the handler is to see it, whenever that will be.
 *
 * @param method the HTTP method
 * @param pathAndQuery raw, as it came: never decoded, so that the handler sees the same bytes
 * @param headers without those that belonged to the first connection or to this API
 * @param body byte for byte as it came
 * @param caller who sent it
 * @param origin where it came in
 * @param fallbacks the models to try in turn when the handler fails, in their order; often none
 */
public record RecordedRequest(
    String method,
    String pathAndQuery,
    Headers headers,
    Bytes body,
    Caller caller,
    Origin origin,
    List<String> fallbacks) {

  public RecordedRequest {
    fallbacks = List.copyOf(fallbacks);
  }

  /** The same request with another body, and with no more fallbacks of its own. */
  public RecordedRequest withBody(Bytes other) {
    return new RecordedRequest(method, pathAndQuery, headers, other, caller, origin, List.of());
  }

  /** The same request with other headers. */
  public RecordedRequest withHeaders(Headers other) {
    return new RecordedRequest(method, pathAndQuery, other, body, caller, origin, fallbacks);
  }

  /** The memory that this takes beyond a fixed part, in bytes. */
  public long size() {
    return (long) body.size() + headers.characters() + pathAndQuery.length();
  }
}

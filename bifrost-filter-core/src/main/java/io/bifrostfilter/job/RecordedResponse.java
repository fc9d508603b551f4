package io.bifrostfilter.job;

/**
 * What the handler answered.
 *
 * @param statusCode the HTTP status, 200 to 599
 * @param headers without those that belong to the connection rather than the answer
 * @param body byte for byte as it came
 * @param json whether the body is one well-formed JSON value in UTF-8, and said to be; settled when
 *     it is recorded, since a result is polled more often than it is made
 */
public record RecordedResponse(int statusCode, Headers headers, Bytes body, boolean json) {

  /** Whether the handler succeeded. */
  public boolean isSuccess() {
    return statusCode >= 200 && statusCode < 300;
  }
}

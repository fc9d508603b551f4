package io.bifrostfilter.job;

/**
 * What makes a repeated submit the same one.
 *
 * @param scope a keyed hash of caller, route and {@code Idempotency-Key}
 * @param fingerprint a keyed hash of the request body, by which a key that is used for something
 *     else is noticed
 */
public record IdempotencyKey(String scope, String fingerprint) {}

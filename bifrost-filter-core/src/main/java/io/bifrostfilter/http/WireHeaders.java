package io.bifrostfilter.http;

/** The header fields of the contract. */
final class WireHeaders {

  static final String ASYNC = "x-bf-async";
  static final String ASYNC_ID = "x-bf-async-id";
  static final String ASYNC_STATUS = "x-bf-async-status";
  static final String RESULT_TTL = "x-bf-async-job-result-ttl";
  static final String WEBHOOK = "x-bf-async-webhook";
  static final String REQUEST_ID = "x-request-id";
  static final String IDEMPOTENCY_KEY = "Idempotency-Key";
  static final String IDEMPOTENT_REPLAYED = "Idempotent-Replayed";
  static final String SHOULD_RETRY = "x-should-retry";
  static final String PREFER = "Prefer";
  static final String PREFERENCE_APPLIED = "Preference-Applied";
  static final String RETRY_AFTER = "Retry-After";
  static final String CACHE_CONTROL = "Cache-Control";
  static final String CONTENT_ENCODING = "Content-Encoding";
  static final String CONTENT_TYPE = "Content-Type";
  static final String LOCATION = "Location";
  static final String ALLOW = "Allow";
  static final String ACCEPT_ENCODING = "Accept-Encoding";

  private WireHeaders() {}
}

package io.bifrostfilter.webhook;

/** A URL that webhooks must not be delivered to. The message says why, for an administrator. */
final class RefusedUrlException extends Exception {

  private static final long serialVersionUID = 1L;

  RefusedUrlException(String message) {
    super(message, null, false, false);
  }
}

package io.bifrostfilter.crypto;

/** Sealed bytes cannot be read: they were changed, or sealed with a key that is not there. */
public final class UnsealException extends Exception {

  private static final long serialVersionUID = 1L;

  UnsealException(String message) {
    super(message);
  }
}

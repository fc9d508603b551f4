package io.bifrostfilter.store.codec;

/**
 * Stored bytes cannot be read back. The message says why, and holds nothing of them; nor has it a
 * cause, since a parser's message quotes what it could not read.
 */
public final class UnreadableException extends Exception {

  private static final long serialVersionUID = 1L;

  UnreadableException(String message) {
    super(message);
  }
}

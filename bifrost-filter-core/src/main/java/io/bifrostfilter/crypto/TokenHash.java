package io.bifrostfilter.crypto;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;

/**
 * Stands for a secret token that must be recognized and need not be known. Immutable.
 *
 * <p>A plain SHA-256, so a token must be too long to be guessed.
 */
public final class TokenHash {

  private final byte[] hash;

  private TokenHash(byte[] hash) {
    this.hash = hash;
  }

  public static TokenHash of(String token) {
    return new TokenHash(sha256(token));
  }

  /** Whether this is the token; takes as long either way. */
  public boolean matches(String presented) {
    return MessageDigest.isEqual(hash, sha256(presented));
  }

  private static byte[] sha256(String token) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TokenHash that && MessageDigest.isEqual(hash, that.hash);
  }

  @Override
  public int hashCode() {
    return hash[0];
  }

  /** Does not show it. */
  @Override
  public String toString() {
    return "a token";
  }
}

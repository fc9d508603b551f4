package io.bifrostfilter.crypto;

import java.security.GeneralSecurityException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** A key for HMAC-SHA256. For many threads. */
public final class HmacKey {

  private static final String ALGORITHM = "HmacSHA256";

  private final SecretKeySpec key;

  /**
   * Has the key, and is never fed: what signs is a copy of it, which saves looking the algorithm up
   * and preparing the key each time. Made for the first signature, since the providers take their
   * time to load.
   */
  private volatile @Nullable Mac prepared;

  /**
   * @param key is copied
   */
  public HmacKey(byte[] key) {
    this.key = new SecretKeySpec(key, ALGORITHM);
  }

  /** A code that nothing has been fed to. For one thread. */
  public Mac begin() {
    Mac original = prepared;
    if (original == null) {
      original = prepare();
      prepared = original;
    }
    try {
      return (Mac) original.clone();
    } catch (CloneNotSupportedException e) {
      // A provider that somebody has put before the platform's own need not be able to.
      return prepare();
    }
  }

  private Mac prepare() {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      return mac;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
    }
  }
}

package io.bifrostfilter.submission;

import io.bifrostfilter.job.Bytes;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Stands for secrets that must be recognized and never be known: without the key, a hash says
 * nothing about what was hashed, however easy that is to guess. For many threads.
 */
final class KeyedHash {

  private static final String ALGORITHM = "HmacSHA256";
  private static final int KEY_BYTES = 32;
  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

  private final SecretKeySpec key;

  /**
   * Knows the key, and is never fed: every hash is made by a copy, which is a fraction of the work
   * of finding the algorithm and giving it the key. Made for the first of them, since whatever
   * loads the security providers should not do so while an application starts.
   */
  private volatile @Nullable Mac keyed;

  private KeyedHash(byte[] key) {
    this.key = new SecretKeySpec(key, ALGORITHM);
  }

  /** Hashes that mean something to this process alone. */
  static KeyedHash withRandomKey() {
    byte[] key = new byte[KEY_BYTES];
    new SecureRandom().nextBytes(key);
    return new KeyedHash(key);
  }

  /** Hashes that mean the same to everybody; what is easy to guess can be found out. */
  static KeyedHash withoutSecret() {
    return new KeyedHash(new byte[KEY_BYTES]);
  }

  /** Hashes that mean something to whoever has this key. */
  static KeyedHash withKey(byte[] key) {
    return new KeyedHash(key);
  }

  /**
   * @param purpose keeps hashes apart that are made of the same text for another reason
   */
  String of(String purpose, String... parts) {
    Mac mac = mac(purpose);
    for (String part : parts) {
      byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
      mac.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
      mac.update(bytes);
    }
    return ENCODER.encodeToString(mac.doFinal());
  }

  String of(String purpose, Iterable<Bytes> parts) {
    Mac mac = mac(purpose);
    for (Bytes part : parts) {
      mac.update((part.size() + ":").getBytes(StandardCharsets.UTF_8));
      mac.update(part.asReadOnlyBuffer());
    }
    return ENCODER.encodeToString(mac.doFinal());
  }

  private Mac mac(String purpose) {
    Mac mac = unfed();
    mac.update((purpose + '\n').getBytes(StandardCharsets.UTF_8));
    return mac;
  }

  private Mac unfed() {
    Mac original = keyed;
    if (original == null) {
      original = made();
      keyed = original;
    }
    try {
      return (Mac) original.clone();
    } catch (CloneNotSupportedException e) {
      // A provider's own, such as that of a hardware module.
      return made();
    }
  }

  private Mac made() {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      return mac;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
    }
  }
}

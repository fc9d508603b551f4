package io.bifrostfilter.submission;

import io.bifrostfilter.crypto.HmacKey;
import io.bifrostfilter.job.Bytes;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.Mac;

/**
 * Stands for secrets that must be recognized and never be known: without the key, a hash says
 * nothing about what was hashed, however easy that is to guess. For many threads.
 */
final class KeyedHash {

  private static final int KEY_BYTES = 32;
  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

  private final HmacKey key;

  private KeyedHash(byte[] key) {
    this.key = new HmacKey(key);
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
    Mac mac = key.begin();
    mac.update((purpose + '\n').getBytes(StandardCharsets.UTF_8));
    return mac;
  }
}

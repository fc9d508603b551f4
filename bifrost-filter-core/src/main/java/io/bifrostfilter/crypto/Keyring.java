package io.bifrostfilter.crypto;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The keys that the nodes of a cluster share, the current one first. The others are there to read
 * what was written before the keys were rotated. Immutable, and shows none of them.
 *
 * <p>A key is never used itself: each purpose has a key that is derived from it (HMAC-SHA256, as
 * the expansion step of RFC 5869 has it), so that what one purpose gives away helps with no other.
 */
public final class Keyring {

  /** What stands for having no key, deliberately. */
  public static final String NONE = "none";

  private static final int KEY_BYTES = 32;
  private static final String ALGORITHM = "HmacSHA256";

  private final List<byte[]> keys;

  private Keyring(List<byte[]> keys) {
    this.keys = keys;
  }

  /**
   * @param text base64 of 32 bytes each, separated by commas, the current one first; or {@link
   *     #NONE}
   * @throws IllegalArgumentException if it is anything else; the message does not repeat it
   */
  public static Keyring parse(String text) {
    if (text.strip().equals(NONE)) {
      return new Keyring(List.of());
    }
    var keys = new ArrayList<byte[]>();
    for (String part : text.split(",", -1)) {
      byte[] key = decoded(part.strip());
      if (key.length != KEY_BYTES) {
        throw new IllegalArgumentException("a key has " + KEY_BYTES + " bytes, not " + key.length);
      }
      keys.add(key);
    }
    return new Keyring(List.copyOf(keys));
  }

  /** Whether there is no key: nothing is sealed, and nothing is secret from whoever reads it. */
  public boolean isEmpty() {
    return keys.isEmpty();
  }

  /**
   * The key of each ring member for one purpose, the current one first.
   *
   * @return 32 bytes each; nothing if there is no key
   */
  public List<byte[]> derived(String purpose) {
    return keys.stream().map(key -> mac(key, purpose)).toList();
  }

  private static byte[] decoded(String base64) {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      // Without its cause, which quotes what it could not read.
      throw new IllegalArgumentException("a key is not base64");
    }
  }

  private static byte[] mac(byte[] key, String purpose) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(key, ALGORITHM));
      mac.update("bifrost-filter ".getBytes(StandardCharsets.UTF_8));
      mac.update(purpose.getBytes(StandardCharsets.UTF_8));
      return mac.doFinal(new byte[] {1});
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Keyring that && Arrays.deepEquals(keys.toArray(), that.keys.toArray());
  }

  @Override
  public int hashCode() {
    return keys.size();
  }

  /** Says how many there are, and never which. */
  @Override
  public String toString() {
    return keys.isEmpty() ? NONE : keys.size() + " keys";
  }
}

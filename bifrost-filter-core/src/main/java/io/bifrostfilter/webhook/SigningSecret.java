package io.bifrostfilter.webhook;

import io.bifrostfilter.job.Bytes;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * What an endpoint's deliveries are signed with, by the Standard Webhooks specification 1.0.
 * Immutable, and shows nothing of itself.
 */
public final class SigningSecret {

  private static final String PREFIX = "whsec_";
  private static final int KEY_BYTES = 32;
  private static final int MIN_KEY_BYTES = 24;
  private static final int MAX_KEY_BYTES = 64;
  private static final String ALGORITHM = "HmacSHA256";

  private final SecretKeySpec key;

  private SigningSecret(byte[] key) {
    this.key = new SecretKeySpec(key, ALGORITHM);
  }

  /** A new one, as text: {@code whsec_} and 32 random bytes in base64. */
  static String random() {
    byte[] key = new byte[KEY_BYTES];
    new SecureRandom().nextBytes(key);
    return PREFIX + Base64.getEncoder().encodeToString(key);
  }

  /**
   * @param text {@code whsec_} and 24 to 64 bytes in base64
   * @throws IllegalArgumentException if it is anything else; the message does not repeat it
   */
  public static SigningSecret parse(String text) {
    if (!text.startsWith(PREFIX)) {
      throw new IllegalArgumentException("it must begin with " + PREFIX);
    }
    byte[] key;
    try {
      key = Base64.getDecoder().decode(text.substring(PREFIX.length()));
    } catch (IllegalArgumentException e) {
      // Without its cause, which quotes what it could not read.
      throw new IllegalArgumentException("it must be base64 after " + PREFIX);
    }
    if (key.length < MIN_KEY_BYTES || key.length > MAX_KEY_BYTES) {
      throw new IllegalArgumentException(
          "it must have " + MIN_KEY_BYTES + " to " + MAX_KEY_BYTES + " bytes");
    }
    return new SigningSecret(key);
  }

  /** The value of {@code webhook-signature}. */
  String sign(String webhookId, Instant timestamp, Bytes body) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      mac.update(
          (webhookId + '.' + timestamp.getEpochSecond() + '.').getBytes(StandardCharsets.UTF_8));
      mac.update(body.asReadOnlyBuffer());
      return "v1," + Base64.getEncoder().encodeToString(mac.doFinal());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has " + ALGORITHM, e);
    }
  }

  @Override
  public String toString() {
    return PREFIX + "…";
  }
}

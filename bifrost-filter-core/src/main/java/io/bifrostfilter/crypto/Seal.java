package io.bifrostfilter.crypto;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Makes bytes unreadable, and any change of them noticeable, for whoever has not the keys:
 * AES-256-GCM (NIST SP 800-38D). For many threads.
 *
 * <p>A sealed message is bound to a context, the job and what it is of it, so that nobody can put
 * one row's bytes into another row. Its key is made for it alone, of the ring's key and a random
 * salt: a random nonce is safe only for some billion messages under one key, and a queue gets
 * there.
 *
 * <pre>
 *   0                                            with no key: what follows is as it was
 *   1 | key id 4 | salt 16 | nonce 12 | ciphertext and tag
 * </pre>
 */
public final class Seal {

  private static final byte PLAIN = 0;
  private static final byte SEALED = 1;
  private static final int KEY_ID_BYTES = 4;
  private static final int SALT_BYTES = 16;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;
  private static final int HEAD_BYTES = 1 + KEY_ID_BYTES + SALT_BYTES + NONCE_BYTES;

  private static final String CIPHER = "AES/GCM/NoPadding";

  private final SecureRandom random = new SecureRandom();

  /**
   * Ciphers between two messages, as many as were ever sealed at once: to look one up takes a third
   * of the time that a message of 1 KiB does. Each is given a key before it is used again.
   */
  private final Queue<Cipher> idle = new ConcurrentLinkedQueue<>();

  private final List<Key> keys;

  /**
   * @param id the first bytes of a hash of it
   * @param secret of which the keys of messages are made
   * @param tagging for what stays readable
   */
  private record Key(ByteBuffer id, HmacKey secret, HmacKey tagging) {}

  public Seal(Keyring keyring) {
    List<byte[]> ids = keyring.derived("key id");
    List<byte[]> secrets = keyring.derived("payloads");
    List<byte[]> tagging = keyring.derived("tags");
    this.keys =
        IntStream.range(0, secrets.size())
            .mapToObj(
                i ->
                    new Key(
                        ByteBuffer.wrap(ids.get(i), 0, KEY_ID_BYTES),
                        new HmacKey(secrets.get(i)),
                        new HmacKey(tagging.get(i))))
            .toList();
  }

  /** Seals with the current key; only marks the bytes if there is none. */
  public byte[] seal(byte[] plain, String context) {
    if (keys.isEmpty()) {
      return ByteBuffer.allocate(1 + plain.length).put(PLAIN).put(plain).array();
    }
    Key key = keys.get(0);
    byte[] salt = randomBytes(SALT_BYTES);
    byte[] nonce = randomBytes(NONCE_BYTES);
    try {
      Cipher cipher = cipher(Cipher.ENCRYPT_MODE, key, salt, nonce, context);
      ByteBuffer sealed = ByteBuffer.allocate(HEAD_BYTES + cipher.getOutputSize(plain.length));
      sealed.put(SEALED).put(key.id().duplicate()).put(salt).put(nonce);
      cipher.doFinal(ByteBuffer.wrap(plain), sealed);
      idle.add(cipher);
      return sealed.array();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has AES-256-GCM", e);
    }
  }

  /**
   * @throws UnsealException if the bytes were changed, belong to another context, were sealed with
   *     a key that is not in the ring, or were never sealed although there is a key
   */
  public byte[] unseal(byte[] sealed, String context) throws UnsealException {
    byte form = sealed.length == 0 ? -1 : sealed[0];
    if (form == PLAIN && keys.isEmpty()) {
      return Arrays.copyOfRange(sealed, 1, sealed.length);
    }
    if (form == PLAIN) {
      // Or else whoever can write to the store could slip in what nobody sealed.
      throw new UnsealException("it was stored without encryption, which is on by now");
    }
    if (form != SEALED || sealed.length < HEAD_BYTES + TAG_BITS / Byte.SIZE) {
      throw new UnsealException("it is damaged");
    }
    ByteBuffer in = ByteBuffer.wrap(sealed, 1, sealed.length - 1);
    Key key =
        keyOf(ByteBuffer.wrap(bytes(in, KEY_ID_BYTES)))
            .orElseThrow(() -> new UnsealException("none of the keys configured has sealed it"));
    byte[] salt = bytes(in, SALT_BYTES);
    byte[] nonce = bytes(in, NONCE_BYTES);
    try {
      Cipher cipher = cipher(Cipher.DECRYPT_MODE, key, salt, nonce, context);
      byte[] plain = cipher.doFinal(sealed, in.position(), in.remaining());
      idle.add(cipher);
      return plain;
    } catch (AEADBadTagException e) {
      throw new UnsealException("it was changed after it was stored");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has AES-256-GCM", e);
    }
  }

  /**
   * Whether the bytes are sealed as {@link #seal} would by now; says nothing of what is in them.
   */
  public boolean isCurrent(byte[] sealed) {
    if (keys.isEmpty() || sealed.length <= KEY_ID_BYTES) {
      return keys.isEmpty() && sealed.length > 0 && sealed[0] == PLAIN;
    }
    return sealed[0] == SEALED && keys.get(0).id().equals(ByteBuffer.wrap(sealed, 1, KEY_ID_BYTES));
  }

  /**
   * What shows later that a message was not changed, which stays readable itself; empty if there is
   * no key.
   */
  public byte[] tag(byte[] message, String context) {
    return keys.isEmpty() ? new byte[0] : tag(keys.get(0), message, context);
  }

  /** Whether any of the keys has made this tag, for this message and context. */
  public boolean isGenuine(byte[] tag, byte[] message, String context) {
    return keys.isEmpty()
        || keys.stream().anyMatch(key -> MessageDigest.isEqual(tag, tag(key, message, context)));
  }

  private static byte[] tag(Key key, byte[] message, String context) {
    Mac mac = key.tagging().begin();
    mac.update((context + '\n').getBytes(StandardCharsets.UTF_8));
    return mac.doFinal(message);
  }

  private Optional<Key> keyOf(ByteBuffer id) {
    return keys.stream().filter(key -> key.id().equals(id)).findFirst();
  }

  /** One to be used once, and then to be left {@link #idle}. */
  private Cipher cipher(int mode, Key key, byte[] salt, byte[] nonce, String context)
      throws GeneralSecurityException {
    byte[] derived = key.secret().begin().doFinal(salt);
    Cipher left = idle.poll();
    Cipher cipher = left == null ? Cipher.getInstance(CIPHER) : left;
    cipher.init(mode, new SecretKeySpec(derived, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(context.getBytes(StandardCharsets.UTF_8));
    return cipher;
  }

  private byte[] randomBytes(int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  private static byte[] bytes(ByteBuffer in, int count) {
    byte[] bytes = new byte[count];
    in.get(bytes);
    return bytes;
  }
}

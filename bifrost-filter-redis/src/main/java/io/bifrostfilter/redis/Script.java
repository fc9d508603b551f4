package io.bifrostfilter.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Objects;

/**
 * What the server does in one step, so that nobody sees or leaves half of it. The files beside this
 * class say what each takes and returns; all return an array.
 */
enum Script {
  ADD,
  CLAIM,
  COMPLETE,
  COUNTS,
  DELETE,
  EXPIRE,
  FIND,
  FIND_BY_SCOPE,
  FINISH,
  NEWEST,
  RECOVER,
  RELEASE,
  RENEW;

  private final String source = read("common") + read(name().toLowerCase(Locale.ROOT));
  private final String digest = sha1(source);

  String source() {
    return source;
  }

  /** By which a server knows a script that it has seen before. */
  String digest() {
    return digest;
  }

  private static String read(String name) {
    try (InputStream file =
        Objects.requireNonNull(Script.class.getResourceAsStream(name + ".lua"), name)) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String sha1(String text) {
    try {
      MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
      return HexFormat.of().formatHex(sha1.digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-1", e);
    }
  }
}

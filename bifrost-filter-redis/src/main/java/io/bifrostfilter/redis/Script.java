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
  RENEW,

  ADD_ENDPOINT("webhooks"),
  ATTEMPTS("webhooks"),
  CLAIM_DELIVERIES("webhooks"),
  COUNT_ATTEMPTS("webhooks"),
  DELETE_ENDPOINT("webhooks"),
  DISCARD_DELIVERY("webhooks"),
  ENDPOINTS("webhooks"),
  ENDPOINTS_DUE("webhooks"),
  EXPIRE_ATTEMPTS("webhooks"),
  FIND_ATTEMPT("webhooks"),
  FIND_ENDPOINT("webhooks"),
  FIND_ENDPOINT_BY_NAME("webhooks"),
  RECORD_ATTEMPT("webhooks"),
  REDELIVER("webhooks"),
  RELEASE_DELIVERY("webhooks"),
  REPLACE_ENDPOINT("webhooks");

  private final String source;
  private final String digest;

  /**
   * @param alsoBefore files that stand between common.lua and the script's own
   */
  Script(String... alsoBefore) {
    var whole = new StringBuilder(read("common"));
    for (String file : alsoBefore) {
      whole.append(read(file));
    }
    source = whole.append(read(name().toLowerCase(Locale.ROOT))).toString();
    digest = sha1(source);
  }

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

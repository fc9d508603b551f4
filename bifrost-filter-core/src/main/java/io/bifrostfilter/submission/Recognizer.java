package io.bifrostfilter.submission;

import io.bifrostfilter.crypto.Keyring;
import io.bifrostfilter.job.IdempotencyKey;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Recognizes callers and repeated submits by keyed hashes, which is all that is kept of them. For
 * many threads.
 *
 * <p>Hashes are made with the current key; those that were made with an older one are still
 * recognized, so that a rotation of keys takes no job from its owner.
 */
public final class Recognizer {

  private static final String PURPOSE = "callers";

  private final KeyedHash current;
  private final List<KeyedHash> older;

  private Recognizer(List<KeyedHash> hashes) {
    this.current = hashes.get(0);
    this.older = hashes.subList(1, hashes.size());
  }

  /** Recognizes what this process itself has hashed. */
  public static Recognizer ofThisProcess() {
    return new Recognizer(List.of(KeyedHash.withRandomKey()));
  }

  /** Recognizes what any process has hashed that has these keys. */
  public static Recognizer sharing(Keyring keyring) {
    return new Recognizer(
        keyring.isEmpty()
            ? List.of(KeyedHash.withoutSecret())
            : keyring.derived(PURPOSE).stream().map(KeyedHash::withKey).toList());
  }

  /** What is kept of the caller; null if there was no credential. */
  @Nullable String owner(Optional<String> caller) {
    return owner(current, caller);
  }

  boolean isOwner(String owner, Optional<String> caller) {
    return isSame(owner, owner(current, caller))
        || older.stream().anyMatch(hash -> isSame(owner, owner(hash, caller)));
  }

  /** By what the same submit is known if it comes again; null if it carries no key for that. */
  @Nullable IdempotencyKey idempotencyKey(Submission submission) {
    return idempotencyKey(current, submission);
  }

  /** By what the same submit was known under older keys, the newest first. */
  List<IdempotencyKey> olderIdempotencyKeys(Submission submission) {
    if (older.isEmpty() || submission.idempotencyKey().isEmpty()) {
      return List.of();
    }
    return older.stream()
        .flatMap(hash -> Optional.ofNullable(idempotencyKey(hash, submission)).stream())
        .toList();
  }

  private static @Nullable String owner(KeyedHash hash, Optional<String> caller) {
    return caller.map(identity -> hash.of("owner", identity)).orElse(null);
  }

  private static @Nullable IdempotencyKey idempotencyKey(KeyedHash hash, Submission submission) {
    return submission
        .idempotencyKey()
        .map(
            key -> {
              String owner = owner(hash, submission.caller());
              return new IdempotencyKey(
                  hash.of("idempotency-key", owner == null ? "" : owner, submission.route(), key),
                  hash.of("body", submission.fingerprint().parts()));
            })
        .orElse(null);
  }

  private static boolean isSame(String owner, @Nullable String asking) {
    return asking != null
        && MessageDigest.isEqual(
            owner.getBytes(StandardCharsets.UTF_8), asking.getBytes(StandardCharsets.UTF_8));
  }
}

package io.bifrostfilter.dispatch;

import io.bifrostfilter.crypto.HmacKey;
import io.bifrostfilter.crypto.Keyring;
import io.bifrostfilter.job.Caller;
import io.bifrostfilter.job.JobIds;
import io.bifrostfilter.job.Playback;
import io.bifrostfilter.lazy.OnFirstUse;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import javax.crypto.Mac;

/**
 * Makes and checks the header by which a playback is told from a request of a client. For many
 * threads.
 *
 * <p>A marker names the job and its caller, is signed together with the path that it is for,
 * expires, and is worth something once: a handler that logs or forwards it gives nothing away.
 */
public final class PlaybackMarkers {

  /**
   * The header that carries a marker. Of a POST, which is all that is ever played back, it never
   * reaches the application behind the filter.
   */
  public static final String HEADER = "x-bf-async-playback";

  /** Long enough for a container that is slow to accept; the handler's own time is not counted. */
  private static final Duration VALIDITY = Duration.ofMinutes(1);

  private static final String PURPOSE = "playback markers";
  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();
  private static final Base64.Decoder DECODER = Base64.getUrlDecoder();

  private final Clock clock;
  private final List<HmacKey> keys;
  private final OnFirstUse<MarkerUses> uses = new OnFirstUse<>(() -> new MarkerUses(VALIDITY));

  private PlaybackMarkers(Clock clock, List<byte[]> keys) {
    this.clock = clock;
    this.keys = keys.stream().map(HmacKey::new).toList();
  }

  /** Markers that this process alone understands. */
  public static PlaybackMarkers withRandomKey(Clock clock) {
    byte[] key = new byte[32];
    new SecureRandom().nextBytes(key);
    return new PlaybackMarkers(clock, List.of(key));
  }

  /**
   * Markers that every process understands that has these keys, so that a playback may go through a
   * load balancer; without any key, the same as {@link #withRandomKey}, since a marker that anybody
   * can make proves nothing.
   */
  public static PlaybackMarkers sharing(Keyring keyring, Clock clock) {
    return keyring.isEmpty()
        ? withRandomKey(clock)
        : new PlaybackMarkers(clock, keyring.derived(PURPOSE));
  }

  String issue(UUID jobId, Caller caller, String pathAndQuery) {
    long expires = clock.instant().plus(VALIDITY).toEpochMilli();
    String claims =
        String.join(
            "~",
            jobId.toString(),
            uses.get().next(),
            Long.toString(expires),
            encoded(caller.address()),
            encoded(caller.host()),
            Integer.toString(caller.port()));
    String encoded = encoded(claims);
    return encoded + "." + signature(keys.get(0), encoded, pathAndQuery);
  }

  /**
   * Empty unless this marker was issued for this path, is still valid, and comes for the first
   * time.
   */
  public Optional<Playback> redeem(String marker, String pathAndQuery) {
    int dot = marker.indexOf('.');
    if (dot < 0) {
      return Optional.empty();
    }
    String encoded = marker.substring(0, dot);
    byte[] presented = marker.substring(dot + 1).getBytes(StandardCharsets.UTF_8);
    if (keys.stream().noneMatch(key -> isGenuine(presented, key, encoded, pathAndQuery))) {
      return Optional.empty();
    }
    // From here on the claims are our own.
    String[] claims = decoded(encoded).split("~", -1);
    if (!uses.get().useUp(claims[1]) || !isValid(claims)) {
      return Optional.empty();
    }
    var caller = new Caller(decoded(claims[3]), decoded(claims[4]), Integer.parseInt(claims[5]));
    return JobIds.parse(claims[0]).map(jobId -> new Playback(jobId, caller));
  }

  /**
   * Whether this process has seen a marker of its own come back, or can no more say that it has
   * not: it is waited for longer than it is valid, and not for ever.
   */
  boolean mayHaveArrived(String marker) {
    String[] claims = decoded(marker.substring(0, marker.indexOf('.'))).split("~", -1);
    return !uses.get().isAwaited(claims[1]) || !isValid(claims);
  }

  private boolean isValid(String[] claims) {
    return clock.instant().isBefore(Instant.ofEpochMilli(Long.parseLong(claims[2])));
  }

  private static String encoded(String text) {
    return ENCODER.encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String decoded(String encoded) {
    return new String(DECODER.decode(encoded), StandardCharsets.UTF_8);
  }

  private static boolean isGenuine(
      byte[] presented, HmacKey key, String encoded, String pathAndQuery) {
    return MessageDigest.isEqual(
        presented, signature(key, encoded, pathAndQuery).getBytes(StandardCharsets.UTF_8));
  }

  private static String signature(HmacKey key, String encoded, String pathAndQuery) {
    Mac mac = key.begin();
    mac.update(encoded.getBytes(StandardCharsets.UTF_8));
    mac.update((byte) '\n');
    return ENCODER.encodeToString(mac.doFinal(pathAndQuery.getBytes(StandardCharsets.UTF_8)));
  }
}

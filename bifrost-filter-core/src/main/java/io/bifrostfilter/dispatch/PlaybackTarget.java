package io.bifrostfilter.dispatch;

import io.bifrostfilter.job.Origin;
import java.net.URI;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Where this process reaches its own application: where it was told to, else where the submit came
 * in, else, for a submit that another process took, where the first request of any kind came in.
 * For many threads.
 */
public final class PlaybackTarget {

  /** A server to connect to. */
  record Address(boolean secure, String host, int port) {}

  private final String node;
  private final @Nullable Address configured;
  private volatile @Nullable Address learned;

  /**
   * @param node names this process
   * @param configured the base URI to play back to, http or https without a path; null to derive it
   */
  public PlaybackTarget(String node, @Nullable URI configured) {
    this.node = node;
    this.configured = configured == null ? null : address(configured);
  }

  /** Whether requests can be played back by now; else {@link #learn} is wanted. */
  public boolean isKnown() {
    return learned != null;
  }

  /** Notes where requests come in, for those that came in elsewhere. */
  public void learn(Origin origin) {
    if (learned == null) {
      learned = configured == null ? address(origin) : configured;
    }
  }

  /**
   * Looks whether somebody listens at a configured target. It may be this process's own server,
   * which opens its door after its applications. Takes no longer than a connection does.
   */
  void look() {
    if (learned == null && configured != null && OwnServer.listens(configured)) {
      learned = configured;
    }
  }

  /**
   * Whether the address was derived, and is therefore an end of this machine's own, where a
   * certificate has nothing to prove.
   */
  boolean isDerived() {
    return configured == null;
  }

  Optional<Address> of(Origin origin) {
    if (configured != null) {
      return Optional.of(configured);
    }
    if (origin.node().equals(node)) {
      return Optional.of(address(origin));
    }
    return Optional.ofNullable(learned);
  }

  private static Address address(Origin origin) {
    return new Address(origin.secure(), origin.address(), origin.port());
  }

  private static Address address(URI base) {
    boolean secure = base.getScheme().equalsIgnoreCase("https");
    int port = base.getPort() >= 0 ? base.getPort() : secure ? 443 : 80;
    return new Address(secure, base.getHost(), port);
  }
}

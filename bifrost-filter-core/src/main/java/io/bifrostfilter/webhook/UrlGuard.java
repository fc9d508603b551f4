package io.bifrostfilter.webhook;

import io.bifrostfilter.delivery.EndpointSettings;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;

/**
 * Decides where a webhook may go, when its endpoint is made, and again at every attempt: what a
 * name leads to can change at any time. For many threads.
 */
final class UrlGuard {

  private static final int MAX_LENGTH = 2048;
  private static final int MAX_PORT = 65535;

  private static final String OCTET = "(25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
  private static final Pattern IPV4 = Pattern.compile(OCTET + "(\\." + OCTET + "){3}");

  /** What some parsers take for IPv4: decimal, octal, hexadecimal, or with fewer parts. */
  private static final Pattern ENDS_IN_NUMBER =
      Pattern.compile("(?i)(.*\\.)?(\\d+|0x[0-9a-f]*)\\.?");

  private final Lookups lookups;

  UrlGuard(Lookups lookups) {
    this.lookups = lookups;
  }

  /**
   * Checks all that can be told without looking the name up.
   *
   * @throws RefusedUrlException if the URL may not be called
   */
  static void checkForm(URI url, boolean allowPrivateNetwork) throws RefusedUrlException {
    String scheme = Optional.ofNullable(url.getScheme()).orElse("").toLowerCase(Locale.ROOT);
    if (scheme.equals("http") && !allowPrivateNetwork) {
      throw new RefusedUrlException(
          "it must begin with https://, unless allow_private_network is on");
    }
    if (!scheme.equals("https") && !scheme.equals("http")) {
      throw new RefusedUrlException(
          "it must begin with https://, or with http:// where allow_private_network is on");
    }
    String host = url.getHost();
    if (host == null || host.isEmpty()) {
      throw new RefusedUrlException(
          "it needs a host name, of ASCII letters, digits, dots and dashes, or an IP address");
    }
    if (url.getRawUserInfo() != null) {
      throw new RefusedUrlException("it must not hold credentials; send them in a header");
    }
    if (url.getRawFragment() != null) {
      throw new RefusedUrlException("it must not have a fragment");
    }
    if (url.getPort() == 0 || url.getPort() > MAX_PORT) {
      throw new RefusedUrlException("it needs a port from 1 to " + MAX_PORT + ", or none");
    }
    if (url.toString().length() > MAX_LENGTH) {
      throw new RefusedUrlException("it must not be longer than " + MAX_LENGTH + " characters");
    }
    if (host.indexOf('%') >= 0) {
      throw new RefusedUrlException("its address must not have a zone");
    }
    if (ENDS_IN_NUMBER.matcher(host).matches() && !IPV4.matcher(host).matches()) {
      throw new RefusedUrlException(
          "an IPv4 address must be four decimal numbers from 0 to 255, without leading zeros");
    }
    if (isLiteral(host)) {
      require(literal(host), allowPrivateNetwork);
    }
  }

  /**
   * Where to connect to: one or more addresses, all of them checked.
   *
   * @return or fails with a {@link RefusedUrlException} if the URL may not be called, or an {@link
   *     UnknownHostException} if the name leads nowhere
   * @throws java.util.concurrent.RejectedExecutionException if nothing is looked up any more
   */
  CompletionStage<List<InetAddress>> addresses(EndpointSettings endpoint) {
    String host = endpoint.url().getHost();
    try {
      checkForm(endpoint.url(), endpoint.allowPrivateNetwork());
      if (isLiteral(host)) {
        return CompletableFuture.completedFuture(List.of(literal(host)));
      }
    } catch (RefusedUrlException e) {
      return CompletableFuture.failedFuture(e);
    }
    return lookups
        .addresses(host)
        .thenCompose(
            addresses -> {
              try {
                check(host, addresses, endpoint.allowPrivateNetwork());
                return CompletableFuture.completedFuture(addresses);
              } catch (RefusedUrlException | UnknownHostException e) {
                return CompletableFuture.failedFuture(e);
              }
            });
  }

  private static void check(String host, List<InetAddress> addresses, boolean allowPrivateNetwork)
      throws RefusedUrlException, UnknownHostException {
    if (addresses.isEmpty()) {
      throw new UnknownHostException(host);
    }
    // All, and not just the one that is used: a name that leads inside is not what it seems.
    for (InetAddress address : addresses) {
      require(address, allowPrivateNetwork);
    }
  }

  private static void require(InetAddress address, boolean allowPrivateNetwork)
      throws RefusedUrlException {
    Optional<String> objection = AddressGuard.objection(address, allowPrivateNetwork);
    if (objection.isPresent()) {
      throw new RefusedUrlException(
          "it leads to " + address.getHostAddress() + ", " + objection.get());
    }
  }

  private static boolean isLiteral(String host) {
    return host.startsWith("[") || IPV4.matcher(host).matches();
  }

  private static InetAddress literal(String host) throws RefusedUrlException {
    try {
      return InetAddress.getByName(host);
    } catch (UnknownHostException e) {
      throw new RefusedUrlException("its address is not well-formed");
    }
  }
}

package io.bifrostfilter.webhook;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Knows which addresses a webhook must not reach, or whoever may name a URL could have this server
 * call what only this server can reach (server-side request forgery).
 *
 * <p>The ranges are those that the IANA registries of special-purpose addresses do not call
 * globally reachable (RFC 6890, <a
 * href="https://www.iana.org/assignments/iana-ipv4-special-registry">IPv4</a>, <a
 * href="https://www.iana.org/assignments/iana-ipv6-special-registry">IPv6</a>), multicast, and a
 * few that are deprecated.
 */
final class AddressGuard {

  private static final List<AddressRange> NOT_PUBLIC =
      ranges(
          "0.0.0.0/8", // "this network", the unspecified address among it
          "10.0.0.0/8", // private
          "100.64.0.0/10", // carrier-grade NAT
          "127.0.0.0/8", // loopback
          "169.254.0.0/16", // link-local
          "172.16.0.0/12", // private
          "192.0.0.0/24", // IETF protocol assignments
          "192.0.2.0/24", // documentation
          "192.88.99.0/24", // 6to4 relays, deprecated
          "192.168.0.0/16", // private
          "198.18.0.0/15", // benchmarking
          "198.51.100.0/24", // documentation
          "203.0.113.0/24", // documentation
          "224.0.0.0/4", // multicast
          "240.0.0.0/4", // reserved, broadcast among it
          "::/96", // the unspecified address, loopback, and IPv4 in a form that is deprecated
          "64:ff9b:1::/48", // NAT64 of a local network
          "100::/64", // discard
          "100:0:0:1::/64", // dummy prefix
          "2001::/23", // IETF protocol assignments, Teredo among them
          "2001:db8::/32", // documentation
          "2002::/16", // 6to4, which leads to any IPv4 address
          "3fff::/20", // documentation
          "5f00::/16", // segment routing
          "fc00::/7", // private
          "fe80::/10", // link-local
          "fec0::/10", // site-local, deprecated
          "ff00::/8"); // multicast

  /** Where clouds give credentials to whoever asks from the right machine. */
  private static final List<AddressRange> METADATA =
      ranges(
          "169.254.169.254/32", // all the large ones
          "169.254.170.2/32", // credentials of containers on AWS
          "169.254.170.23/32", // the same on EKS
          "100.100.100.200/32", // Alibaba
          "168.63.129.16/32", // Azure
          "192.0.0.192/32", // Oracle
          "fd00:ec2::254/128", // AWS
          "fd00:ec2::23/128", // the same on EKS
          "fd20:ce::254/128"); // Google

  private static final AddressRange IPV4_COMPATIBLE = AddressRange.of("::/96");
  private static final AddressRange NAT64 = AddressRange.of("64:ff9b::/96");
  private static final AddressRange LOCAL_NAT64 = AddressRange.of("64:ff9b:1::/48");
  private static final AddressRange SIX_TO_FOUR = AddressRange.of("2002::/16");

  private AddressGuard() {}

  /**
   * Why an address must not be reached.
   *
   * @param allowPrivateNetwork whether addresses that are not public are fine
   */
  static Optional<String> objection(InetAddress address, boolean allowPrivateNetwork) {
    List<InetAddress> meant = meant(address);
    if (meant.stream().anyMatch(each -> isIn(METADATA, each))) {
      return Optional.of("a cloud's metadata address, which is never called");
    }
    if (!allowPrivateNetwork && meant.stream().anyMatch(each -> isIn(NOT_PUBLIC, each))) {
      return Optional.of("which is not a public address, while allow_private_network is off");
    }
    return Optional.empty();
  }

  private static boolean isIn(List<AddressRange> ranges, InetAddress address) {
    return ranges.stream().anyMatch(range -> range.contains(address));
  }

  /** The address, and the IPv4 address that it stands for. */
  private static List<InetAddress> meant(InetAddress address) {
    var meant = new ArrayList<InetAddress>();
    meant.add(address);
    byte[] bytes = address.getAddress();
    if (NAT64.contains(address)
        || LOCAL_NAT64.contains(address)
        || IPV4_COMPATIBLE.contains(address)
        || isMapped(bytes)) {
      meant.add(ipv4(bytes, 12));
    }
    if (SIX_TO_FOUR.contains(address)) {
      meant.add(ipv4(bytes, 2));
    }
    return meant;
  }

  /** Java turns {@code ::ffff:a.b.c.d} into IPv4 mostly, but not however an address is made. */
  private static boolean isMapped(byte[] bytes) {
    byte[] prefix = new byte[12];
    prefix[10] = (byte) 0xff;
    prefix[11] = (byte) 0xff;
    return bytes.length == 16 && Arrays.equals(bytes, 0, 12, prefix, 0, 12);
  }

  private static InetAddress ipv4(byte[] bytes, int from) {
    try {
      return InetAddress.getByAddress(Arrays.copyOfRange(bytes, from, from + 4));
    } catch (UnknownHostException e) {
      throw new IllegalStateException("four bytes are an address", e);
    }
  }

  private static List<AddressRange> ranges(String... cidrs) {
    return Stream.of(cidrs).map(AddressRange::of).toList();
  }
}

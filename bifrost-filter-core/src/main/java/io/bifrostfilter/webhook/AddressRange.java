package io.bifrostfilter.webhook;

import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * A block of IP addresses.
 *
 * @param network its first address
 * @param bits how many leading bits all of its addresses have in common
 */
record AddressRange(InetAddress network, int bits) {

  /**
   * @param cidr such as {@code 10.0.0.0/8} or {@code fc00::/7}
   */
  static AddressRange of(String cidr) {
    int slash = cidr.indexOf('/');
    try {
      // A literal: nothing is looked up.
      return new AddressRange(
          InetAddress.getByName(cidr.substring(0, slash)),
          Integer.parseInt(cidr.substring(slash + 1)));
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(cidr + " is no range of addresses", e);
    }
  }

  boolean contains(InetAddress address) {
    byte[] first = network.getAddress();
    byte[] other = address.getAddress();
    if (first.length != other.length) {
      return false;
    }
    for (int bit = 0; bit < bits; bit++) {
      int mask = 0x80 >> (bit % Byte.SIZE);
      if (((first[bit / Byte.SIZE] ^ other[bit / Byte.SIZE]) & mask) != 0) {
        return false;
      }
    }
    return true;
  }
}

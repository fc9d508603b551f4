package io.bifrostfilter.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.NetworkInterface;

/** The ways to reach an application on this machine. */
public enum Protocol {
  HTTP("plain HTTP", "http", "127.0.0.1", "127.0.0.1"),
  // By its name, because no server is asked by SNI for an address.
  HTTPS("TLS", "https", "127.0.0.1", "localhost"),
  IPV6("plain HTTP over IPv6", "http", "::1", "[::1]");

  private final String label;
  private final String scheme;
  private final String address;
  private final String host;

  Protocol(String label, String scheme, String address, String host) {
    this.label = label;
    this.scheme = scheme;
    this.address = address;
    this.host = host;
  }

  public String scheme() {
    return scheme;
  }

  /** Where a server listens. */
  String address() {
    return address;
  }

  /** What a client writes into a URI. */
  String host() {
    return host;
  }

  boolean isSecure() {
    return scheme.equals("https");
  }

  /** Whether this machine has it. */
  public boolean isAvailable() {
    try {
      return NetworkInterface.getByInetAddress(InetAddress.getByName(address)) != null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String toString() {
    return label;
  }
}

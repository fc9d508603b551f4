package io.bifrostfilter.webhook;

import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.UUID;
import org.eclipse.jetty.io.Transport;

/**
 * Has the client connect to the very address that was checked, and look no name up by itself. TLS
 * asks for the name that the socket address carries, which must be the URL's.
 *
 * <p>It is part of what the client keeps connections by, so that one is used again only for the
 * same address, checked once more, and for the same endpoint.
 */
final class CheckedAddress extends Transport.Wrapper {

  private final UUID endpointId;
  private final InetSocketAddress address;

  CheckedAddress(UUID endpointId, InetSocketAddress address) {
    super(Transport.TCP_IP);
    this.endpointId = endpointId;
    this.address = address;
  }

  @Override
  public boolean requiresDomainNameResolution() {
    return false;
  }

  @Override
  public SocketAddress getSocketAddress() {
    return address;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CheckedAddress that
        && endpointId.equals(that.endpointId)
        // The name is no part of how addresses compare; it is of the client's own key.
        && address.equals(that.address);
  }

  @Override
  public int hashCode() {
    return address.hashCode();
  }
}

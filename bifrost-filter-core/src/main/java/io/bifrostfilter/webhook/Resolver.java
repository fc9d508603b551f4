package io.bifrostfilter.webhook;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/** Looks names up. For many threads; may block. */
@FunctionalInterface
public interface Resolver {

  /** What this machine uses. */
  Resolver SYSTEM = host -> List.of(InetAddress.getAllByName(host));

  /**
   * All addresses of a name.
   *
   * @throws UnknownHostException if there are none, or that cannot be found out
   */
  List<InetAddress> resolve(String host) throws UnknownHostException;
}

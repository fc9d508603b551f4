package io.bifrostfilter.job;

/**
 * The local end of the connection that a request came in on, which is where the application can be
 * reached again.
 *
 * @param node the process that owns that end; another process must play back to an end of its own
 * @param secure whether the connection is TLS
 * @param address an IP address of this machine, IPv6 without brackets or zone
 * @param port the TCP port, 1 to 65535
 */
public record Origin(String node, boolean secure, String address, int port) {}

package io.bifrostfilter.job;

/**
 * Where a submit came from, as the container saw it.
 *
 * @param address the IP address
 * @param host the host name, or the address again where the container does not look names up
 * @param port the TCP port, 0 to 65535
 */
public record Caller(String address, String host, int port) {}

package io.bifrostfilter.store;

import io.bifrostfilter.delivery.UnreadableEndpoint;

/** The store has that endpoint, and cannot read it. Its deliveries wait; it can be deleted. */
public final class UnreadableEndpointException extends JobStoreException {

  private static final long serialVersionUID = 1L;

  private final transient UnreadableEndpoint endpoint;

  public UnreadableEndpointException(UnreadableEndpoint endpoint, Throwable cause) {
    super("Webhook endpoint " + endpoint.id() + ": " + cause.getMessage(), cause);
    this.endpoint = endpoint;
  }

  public UnreadableEndpoint endpoint() {
    return endpoint;
  }
}

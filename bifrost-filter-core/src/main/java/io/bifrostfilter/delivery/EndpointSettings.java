package io.bifrostfilter.delivery;

import io.bifrostfilter.job.Headers;
import java.net.URI;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * What an administrator decides about an endpoint. Not checked here: whether an address may be
 * reached, say, changes from one day to the next.
 *
 * @param name by which submits refer to it; unique
 * @param events that it is told, at least one
 * @param headers that each delivery carries; their values are secret
 * @param includeResponse whether a delivery carries the job's response
 * @param allowPrivateNetwork whether plain HTTP and private addresses are fine
 * @param disabled whether submits that name it are refused, and nothing is delivered
 * @param maxRetries after the first attempt
 * @param retryBackoffInitial before the first retry; doubled for each that follows
 * @param retryBackoffMax the longest between two attempts
 * @param attemptTimeout from the look-up of the address to the end of the answer
 * @param maxResponsePayloadKbs of a response that a delivery carries, in units of 1024 bytes
 * @param maxConcurrentDeliveries attempts at once, on each node
 */
public record EndpointSettings(
    String name,
    URI url,
    Set<Event> events,
    Headers headers,
    boolean includeResponse,
    boolean allowPrivateNetwork,
    boolean disabled,
    int maxRetries,
    Duration retryBackoffInitial,
    Duration retryBackoffMax,
    Duration attemptTimeout,
    int maxResponsePayloadKbs,
    int maxConcurrentDeliveries) {

  public EndpointSettings {
    // In the order in which they are declared, which an administrator sees.
    events = events.isEmpty() ? Set.of() : Collections.unmodifiableSet(EnumSet.copyOf(events));
  }

  /** With the contract's defaults for all that is not said. */
  public static Builder builder(String name, URI url) {
    return new Builder(name, url);
  }

  /** Without the URL, which may hold a token, and the values of headers. */
  @Override
  public String toString() {
    return "EndpointSettings[name=" + name + ", events=" + events + ", disabled=" + disabled + "]";
  }

  /** Collects what is said. For one thread. */
  public static final class Builder {

    private final String name;
    private final URI url;
    private Set<Event> events = EnumSet.allOf(Event.class);
    private Headers headers = Headers.none();
    private boolean includeResponse;
    private boolean allowPrivateNetwork;
    private boolean disabled;
    private int maxRetries = 4;
    private Duration retryBackoffInitial = Duration.ofSeconds(30);
    private Duration retryBackoffMax = Duration.ofMinutes(30);
    private Duration attemptTimeout = Duration.ofSeconds(10);
    private int maxResponsePayloadKbs = 256;
    private int maxConcurrentDeliveries = 10;

    private Builder(String name, URI url) {
      this.name = name;
      this.url = url;
    }

    public Builder events(Set<Event> value) {
      events = value;
      return this;
    }

    public Builder headers(Headers value) {
      headers = value;
      return this;
    }

    public Builder includeResponse(boolean value) {
      includeResponse = value;
      return this;
    }

    public Builder allowPrivateNetwork(boolean value) {
      allowPrivateNetwork = value;
      return this;
    }

    public Builder disabled(boolean value) {
      disabled = value;
      return this;
    }

    public Builder maxRetries(int value) {
      maxRetries = value;
      return this;
    }

    public Builder retryBackoffInitial(Duration value) {
      retryBackoffInitial = value;
      return this;
    }

    public Builder retryBackoffMax(Duration value) {
      retryBackoffMax = value;
      return this;
    }

    public Builder attemptTimeout(Duration value) {
      attemptTimeout = value;
      return this;
    }

    public Builder maxResponsePayloadKbs(int value) {
      maxResponsePayloadKbs = value;
      return this;
    }

    public Builder maxConcurrentDeliveries(int value) {
      maxConcurrentDeliveries = value;
      return this;
    }

    public EndpointSettings build() {
      return new EndpointSettings(
          name,
          url,
          events,
          headers,
          includeResponse,
          allowPrivateNetwork,
          disabled,
          maxRetries,
          retryBackoffInitial,
          retryBackoffMax,
          attemptTimeout,
          maxResponsePayloadKbs,
          maxConcurrentDeliveries);
    }
  }
}

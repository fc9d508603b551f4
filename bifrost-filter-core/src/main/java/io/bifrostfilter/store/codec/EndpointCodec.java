package io.bifrostfilter.store.codec;

import io.bifrostfilter.crypto.Keyring;
import io.bifrostfilter.crypto.Seal;
import io.bifrostfilter.crypto.UnsealException;
import io.bifrostfilter.delivery.Endpoint;
import io.bifrostfilter.delivery.EndpointHealth;
import io.bifrostfilter.delivery.EndpointSettings;
import io.bifrostfilter.delivery.Event;
import io.bifrostfilter.job.Headers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.UUID;

/**
 * Writes endpoints as bytes for a store to keep, sealed under the keys that the nodes share, and
 * reads them back. For many threads.
 *
 * <p>All of an endpoint is in there but its id, version and health, which a store keeps beside it,
 * since it changes or compares them; the name it keeps twice.
 */
public final class EndpointCodec {

  private static final String ENDPOINT = "endpoint ";

  private final Seal seal;

  public EndpointCodec(Keyring keyring) {
    this.seal = new Seal(keyring);
  }

  /** Times are in milliseconds. */
  private record Form(
      boolean declared,
      String secret,
      long createdAt,
      long updatedAt,
      String name,
      String url,
      List<String> events,
      List<String> headers,
      boolean includeResponse,
      boolean allowPrivateNetwork,
      boolean disabled,
      int maxRetries,
      long retryBackoffInitial,
      long retryBackoffMax,
      long attemptTimeout,
      int maxResponsePayloadKbs,
      int maxConcurrentDeliveries) {}

  /** That endpoint, and of no other. */
  public byte[] write(Endpoint endpoint) {
    EndpointSettings settings = endpoint.settings();
    var form =
        new Form(
            endpoint.declared(),
            endpoint.secret(),
            endpoint.createdAt().toEpochMilli(),
            endpoint.updatedAt().toEpochMilli(),
            settings.name(),
            settings.url().toString(),
            settings.events().stream().map(Event::wireName).toList(),
            fields(settings.headers()),
            settings.includeResponse(),
            settings.allowPrivateNetwork(),
            settings.disabled(),
            settings.maxRetries(),
            settings.retryBackoffInitial().toMillis(),
            settings.retryBackoffMax().toMillis(),
            settings.attemptTimeout().toMillis(),
            settings.maxResponsePayloadKbs(),
            settings.maxConcurrentDeliveries());
    try {
      return seal.seal(StoredJson.MAPPER.writeValueAsBytes(form), ENDPOINT + endpoint.id());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * @param version and health as the store keeps them
   * @throws UnreadableException if these are not the bytes that {@link #write} gave for that
   *     endpoint, under a key that is still known
   */
  public Endpoint read(UUID id, long version, EndpointHealth health, byte[] stored)
      throws UnreadableException {
    try {
      Form form = StoredJson.MAPPER.readValue(seal.unseal(stored, ENDPOINT + id), Form.class);
      return new Endpoint(
          id,
          version,
          form.declared(),
          form.secret(),
          settings(form),
          health,
          Instant.ofEpochMilli(form.createdAt()),
          Instant.ofEpochMilli(form.updatedAt()));
    } catch (UnsealException e) {
      throw new UnreadableException(
          "The stored webhook endpoint cannot be read: " + e.getMessage() + ".");
    } catch (IOException | RuntimeException e) {
      throw new UnreadableException("The stored webhook endpoint cannot be read: it is damaged.");
    }
  }

  /** Whether {@link #write} would use the same key for these bytes. */
  public boolean isSealedWithCurrentKey(byte[] stored) {
    return seal.isCurrent(stored);
  }

  private static EndpointSettings settings(Form form) {
    EnumSet<Event> events = EnumSet.noneOf(Event.class);
    form.events().forEach(name -> Event.ofWireName(name).ifPresent(events::add));
    return EndpointSettings.builder(form.name(), URI.create(form.url()))
        .events(events)
        .headers(Headers.of(form.headers().toArray(String[]::new)))
        .includeResponse(form.includeResponse())
        .allowPrivateNetwork(form.allowPrivateNetwork())
        .disabled(form.disabled())
        .maxRetries(form.maxRetries())
        .retryBackoffInitial(Duration.ofMillis(form.retryBackoffInitial()))
        .retryBackoffMax(Duration.ofMillis(form.retryBackoffMax()))
        .attemptTimeout(Duration.ofMillis(form.attemptTimeout()))
        .maxResponsePayloadKbs(form.maxResponsePayloadKbs())
        .maxConcurrentDeliveries(form.maxConcurrentDeliveries())
        .build();
  }

  private static List<String> fields(Headers headers) {
    var fields = new ArrayList<String>();
    headers.forEach(
        (name, value) -> {
          fields.add(name);
          fields.add(value);
        });
    return fields;
  }
}

package io.bifrostfilter.webhook;

import io.bifrostfilter.delivery.Attempt;
import io.bifrostfilter.delivery.Endpoint;
import io.bifrostfilter.delivery.EndpointSettings;
import io.bifrostfilter.delivery.Event;
import io.bifrostfilter.delivery.UnreadableEndpoint;
import io.bifrostfilter.store.UnreadableEndpointException;
import io.bifrostfilter.store.WebhookStore;
import io.bifrostfilter.store.WebhookStore.Redelivery;
import io.bifrostfilter.store.WebhookStore.Replacement;
import io.bifrostfilter.webhook.WebhookProblem.Kind;
import java.net.UnknownHostException;
import java.time.Clock;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What can be done with endpoints and their deliveries: by whoever submits, that is to name one; by
 * an administrator, everything else. For many threads.
 */
public final class Webhooks {

  private static final Logger log = LoggerFactory.getLogger(Webhooks.class);

  private final WebhookStore store;
  private final UrlGuard urls;
  private final TestFire testFire;
  private final Clock clock;

  Webhooks(WebhookStore store, UrlGuard urls, TestFire testFire, Clock clock) {
    this.store = store;
    this.urls = urls;
    this.testFire = testFire;
    this.clock = clock;
  }

  /**
   * The endpoint that a submit names; empty if there is none of that name, or it is disabled.
   *
   * @throws WebhookProblem if it cannot be read
   */
  public Optional<UUID> named(String name) {
    return read(() -> store.findByName(name))
        .filter(endpoint -> !endpoint.settings().disabled())
        .map(Endpoint::id);
  }

  /** All endpoints that can be read, in the order of their names. */
  public List<Endpoint> endpoints() {
    return store.endpoints();
  }

  /** All that cannot, in the order of their names. */
  public List<UnreadableEndpoint> unreadableEndpoints() {
    return store.unreadableEndpoints();
  }

  /**
   * @throws WebhookProblem if there is none of that id, or it cannot be read
   */
  public Endpoint find(UUID id) {
    return read(() -> store.find(id)).orElseThrow(Webhooks::noSuchEndpoint);
  }

  /**
   * Makes an endpoint, with a secret of its own.
   *
   * @throws WebhookProblem if a setting is not allowed, or the name is taken
   */
  public Endpoint create(EndpointSettings settings) {
    check(settings);
    Endpoint endpoint =
        Endpoint.create(
            UUID.randomUUID(), false, SigningSecret.random(), settings, clock.instant());
    if (!store.add(endpoint)) {
      throw nameTaken(settings.name());
    }
    log.info("Webhook endpoint \"{}\" was made.", endpoint.name());
    return endpoint;
  }

  /**
   * Gives an endpoint other settings.
   *
   * @param change makes the new settings of those that are stored; may be asked again if others
   *     come first
   * @throws WebhookProblem if a setting is not allowed, the name is taken, there is no such
   *     endpoint, or it is read-only
   */
  public Endpoint replace(UUID id, UnaryOperator<EndpointSettings> change) {
    return change(
        id,
        before -> {
          EndpointSettings settings = change.apply(before.settings());
          check(settings);
          return before.changed(false, before.secret(), settings, clock.instant());
        });
  }

  /**
   * Gives an endpoint another secret. Whatever is delivered from now on is signed with it.
   *
   * @throws WebhookProblem if there is no such endpoint, or it is read-only
   */
  public Endpoint rotateSecret(UUID id) {
    return change(
        id,
        before ->
            before.changed(false, SigningSecret.random(), before.settings(), clock.instant()));
  }

  /**
   * Removes an endpoint, and all that is to be or was delivered to it.
   *
   * @throws WebhookProblem if there is no such endpoint, or it is read-only
   */
  public void delete(UUID id) {
    try {
      store.find(id).ifPresent(Webhooks::requireOwn);
    } catch (UnreadableEndpointException e) {
      // Whether it is declared cannot be read either; if it is, the next start makes it again.
      log.info("Webhook endpoint \"{}\" cannot be read, and is removed.", e.endpoint().name());
    }
    if (!store.delete(id)) {
      throw noSuchEndpoint();
    }
  }

  /**
   * Calls a receiver with an event that is made up. Leaves no history.
   *
   * @param event the first that the endpoint is told of, if empty
   * @return what came of it; never fails
   * @throws WebhookProblem if there is no such endpoint, or it would not be told
   */
  public CompletionStage<TestResult> test(UUID id, Optional<Event> event) {
    Endpoint endpoint = find(id);
    requireEnabled(endpoint);
    Event told = event.orElseGet(() -> endpoint.settings().events().iterator().next());
    if (!endpoint.settings().events().contains(told)) {
      throw WebhookProblem.of(
          Kind.NOT_SUBSCRIBED,
          "The endpoint is not subscribed to "
              + told.wireName()
              + "; add it to its `events` first, or test with another.");
    }
    return testFire.at(endpoint, told);
  }

  /**
   * Attempts of an endpoint, newest first.
   *
   * @throws WebhookProblem if there is no such endpoint
   */
  public History attempts(UUID id, int offset, int limit) {
    if (!exists(id)) {
      throw noSuchEndpoint();
    }
    return new History(store.attempts(id, offset, limit), store.attemptCount(id));
  }

  /**
   * Queues the delivery of an attempt once more.
   *
   * @return its webhook id, the same as before
   * @throws WebhookProblem if there is no such attempt, its endpoint is disabled, or the delivery
   *     is not over
   */
  public String redeliver(UUID attemptId) {
    Attempt attempt = store.findAttempt(attemptId).orElseThrow(Webhooks::noSuchAttempt);
    requireEnabled(
        read(() -> store.find(attempt.endpointId())).orElseThrow(Webhooks::noSuchAttempt));
    Redelivery redelivery = store.redeliver(attemptId);
    if (redelivery == Redelivery.UNKNOWN) {
      throw noSuchAttempt();
    }
    if (redelivery == Redelivery.IN_FLIGHT) {
      throw WebhookProblem.of(
          Kind.IN_FLIGHT,
          "This delivery is still in flight: an attempt is being made, or will be. Wait until it is"
              + " over.");
    }
    return attempt.webhookId();
  }

  /**
   * Makes the store's declared endpoints those that the configuration names: missing ones are
   * added, changed ones replaced, and those that are not named any more removed. An endpoint that
   * was made through the API, or that cannot be read, is taken over by its name, and keeps its
   * history.
   */
  void reconcile(List<DeclaredEndpoint> declared) {
    Set<String> names = new HashSet<>();
    for (DeclaredEndpoint each : declared) {
      names.add(each.settings().name());
      declare(each);
    }
    for (Endpoint endpoint : store.endpoints()) {
      if (endpoint.declared() && !names.contains(endpoint.name())) {
        store.delete(endpoint.id());
        log.info(
            "Webhook endpoint \"{}\" is not in the configuration any more, and was removed with its"
                + " history.",
            endpoint.name());
      }
    }
  }

  private void declare(DeclaredEndpoint declared) {
    while (!isDeclared(declared)) {
      // Another node was faster, maybe with other settings.
      log.debug("Endpoint \"{}\" was changed meanwhile; once more.", declared.settings().name());
    }
  }

  /** Whether the endpoint is as declared now; if not, others have changed it meanwhile. */
  private boolean isDeclared(DeclaredEndpoint declared) {
    String secret = declared.secret();
    EndpointSettings settings = declared.settings();
    Optional<Endpoint> stored;
    try {
      stored = store.findByName(settings.name());
    } catch (UnreadableEndpointException e) {
      log.warn(
          "Webhook endpoint \"{}\" cannot be read as it is stored, and is written anew as it is"
              + " configured. {}",
          settings.name(),
          e.getMessage());
      return isReplacedBy(e.endpoint().declaredAs(secret, settings, clock.instant()));
    }
    if (stored.isEmpty()) {
      return store.add(Endpoint.create(UUID.randomUUID(), true, secret, settings, clock.instant()));
    }
    Endpoint before = stored.get();
    boolean same =
        before.declared() && before.secret().equals(secret) && before.settings().equals(settings);
    return same || isReplacedBy(before.changed(true, secret, settings, clock.instant()));
  }

  private boolean isReplacedBy(Endpoint next) {
    return store.replace(next) == Replacement.REPLACED;
  }

  private Endpoint change(UUID id, UnaryOperator<Endpoint> change) {
    while (true) {
      Endpoint before = find(id);
      requireOwn(before);
      Endpoint next = change.apply(before);
      switch (store.replace(next)) {
        case REPLACED -> {
          return next;
        }
        case NAME_TAKEN -> throw nameTaken(next.name());
        case OUTDATED -> log.debug("Endpoint {} was changed meanwhile; once more.", id);
      }
    }
  }

  private boolean exists(UUID id) {
    try {
      return store.find(id).isPresent();
    } catch (UnreadableEndpointException e) {
      return true;
    }
  }

  private static Optional<Endpoint> read(Supplier<Optional<Endpoint>> reading) {
    try {
      return reading.get();
    } catch (UnreadableEndpointException e) {
      throw WebhookProblem.of(
          Kind.UNREADABLE,
          "The webhook endpoint \""
              + e.endpoint().name()
              + "\" cannot be read as it is stored. An administrator should give this server the"
              + " key back that sealed it (bifrost.async.encryption-key), or delete the endpoint"
              + " and make it again.");
    }
  }

  private void check(EndpointSettings settings) {
    EndpointRules.check(settings);
    try {
      urls.addresses(settings).toCompletableFuture().join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RefusedUrlException refused) {
        throw EndpointRules.refusedUrl(refused);
      }
      if (e.getCause() instanceof UnknownHostException) {
        throw WebhookProblem.invalid(
            "url", "The host that the `url` names cannot be found. Check its spelling.");
      }
      throw e;
    }
  }

  private static void requireOwn(Endpoint endpoint) {
    if (endpoint.declared()) {
      throw WebhookProblem.of(
          Kind.READ_ONLY,
          "The endpoint \""
              + endpoint.name()
              + "\" comes from the configuration (bifrost.async.webhooks.endpoints); change it"
              + " there.");
    }
  }

  private static void requireEnabled(Endpoint endpoint) {
    if (endpoint.settings().disabled()) {
      throw WebhookProblem.of(
          Kind.DISABLED, "The endpoint \"" + endpoint.name() + "\" is disabled; enable it first.");
    }
  }

  private static WebhookProblem nameTaken(String name) {
    return WebhookProblem.of(
        Kind.NAME_TAKEN,
        "There is an endpoint named \"" + name + "\" already; choose another name.");
  }

  private static WebhookProblem noSuchEndpoint() {
    return WebhookProblem.of(Kind.NOT_FOUND, "There is no webhook endpoint of this id.");
  }

  private static WebhookProblem noSuchAttempt() {
    return WebhookProblem.of(
        Kind.NOT_FOUND, "There is no delivery of this id, or its history was removed by its age.");
  }

  /**
   * @param total how many there are beside these
   */
  public record History(List<Attempt> attempts, long total) {

    public History {
      attempts = List.copyOf(attempts);
    }
  }
}

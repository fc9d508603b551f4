package io.bifrostfilter.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.bifrostfilter.delivery.EndpointSettings;
import io.bifrostfilter.delivery.Event;
import io.bifrostfilter.job.Headers;
import io.bifrostfilter.recording.JsonText;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Reads what an administrator sends: a JSON object of known fields, each of its type (contract,
 * section 7).
 */
final class EndpointForm {

  /** What an endpoint shows and nobody sets: whoever sends back what was read need not cut it. */
  private static final Set<String> READ_ONLY =
      Set.of(
          "id",
          "declared",
          "consecutive_failures",
          "last_success_at",
          "last_failure_at",
          "created_at",
          "updated_at");

  private static final Set<String> FIELDS =
      Set.of(
          "name",
          "url",
          "events",
          "headers",
          "include_response",
          "allow_private_network",
          "disabled",
          "max_retries",
          "retry_backoff_initial_seconds",
          "retry_backoff_max_seconds",
          "attempt_timeout_seconds",
          "max_response_payload_kbs",
          "max_concurrent_deliveries");

  static final String REDACTED = "<REDACTED>";

  private static final int MAX_BODY = 256 * 1024;
  private static final ObjectMapper JSON =
      JsonMapper.builder(JsonText.FACTORY)
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final JsonNode fields;

  private EndpointForm(JsonNode fields) {
    this.fields = fields;
  }

  /**
   * The request's body as an object; an empty one if there is none.
   *
   * @throws ApiError if it is anything else, or too long
   */
  static JsonNode body(HttpServletRequest request) throws IOException {
    byte[] body = request.getInputStream().readNBytes(MAX_BODY + 1);
    if (body.length > MAX_BODY) {
      throw ApiError.of(
          413, "request_too_large", "The request body is longer than " + MAX_BODY + " bytes.");
    }
    if (body.length == 0) {
      return JSON.createObjectNode();
    }
    try {
      JsonNode json = JSON.readTree(body);
      if (json != null && json.isObject()) {
        return json;
      }
    } catch (JsonProcessingException e) {
      throw JsonRequest.invalid(JsonRequest.problem(e));
    }
    throw JsonRequest.invalid("it is not an object");
  }

  /**
   * @throws ApiError if it is no JSON object, or has a field that an endpoint has not
   */
  static EndpointForm read(HttpServletRequest request) throws IOException {
    JsonNode body = body(request);
    if (body.isEmpty()) {
      // Spring's FormContentFilter, for one, reads a PUT's body if it is said to be a form.
      throw ApiError.of(
          400,
          WebhookApi.INVALID,
          "The request body must be a JSON object with an endpoint's fields, and is empty. Send it"
              + " with Content-Type: application/json.");
    }
    body.fieldNames()
        .forEachRemaining(
            name -> {
              if (!FIELDS.contains(name) && !READ_ONLY.contains(name)) {
                throw invalid(
                    name,
                    "An endpoint has no field `"
                        + Printable.excerpt(name)
                        + "`. It has: "
                        + FIELDS.stream().sorted().collect(Collectors.joining(", "))
                        + ".");
              }
            });
    return new EndpointForm(body);
  }

  /**
   * The settings as they are sent, with the contract's defaults for all that is not.
   *
   * @param stored headers, whose values stand for those that are sent as redacted
   * @throws ApiError if a field is missing or of another type
   */
  EndpointSettings settings(Headers stored) {
    EndpointSettings.Builder settings =
        EndpointSettings.builder(
            text("name").orElseThrow(() -> missing("name")),
            uri(text("url").orElseThrow(() -> missing("url"))));
    settings.events(events()).headers(headers(stored));
    bool("include_response", settings::includeResponse);
    bool("allow_private_network", settings::allowPrivateNetwork);
    bool("disabled", settings::disabled);
    number("max_retries", settings::maxRetries);
    number(
        "retry_backoff_initial_seconds",
        seconds -> settings.retryBackoffInitial(Duration.ofSeconds(seconds)));
    number(
        "retry_backoff_max_seconds",
        seconds -> settings.retryBackoffMax(Duration.ofSeconds(seconds)));
    number(
        "attempt_timeout_seconds", seconds -> settings.attemptTimeout(Duration.ofSeconds(seconds)));
    number("max_response_payload_kbs", settings::maxResponsePayloadKbs);
    number("max_concurrent_deliveries", settings::maxConcurrentDeliveries);
    return settings.build();
  }

  /**
   * @param field that names it
   * @throws ApiError if there is no event of that name
   */
  static Event event(String name, String field) {
    return Event.ofWireName(name)
        .orElseThrow(
            () ->
                invalid(
                    field,
                    "There is no event \""
                        + Printable.excerpt(name)
                        + "\". There are: "
                        + Stream.of(Event.values())
                            .map(Event::wireName)
                            .collect(Collectors.joining(", "))
                        + "."));
  }

  private Set<Event> events() {
    JsonNode list = fields.path("events");
    if (isAbsent(list)) {
      throw missing("events");
    }
    if (!list.isArray()) {
      throw wrongType("events", "a list of names");
    }
    Set<Event> events = EnumSet.noneOf(Event.class);
    for (JsonNode name : list) {
      if (!name.isTextual()) {
        throw wrongType("events", "a list of names");
      }
      events.add(event(name.textValue(), "events"));
    }
    return events;
  }

  private Headers headers(Headers stored) {
    JsonNode object = fields.path("headers");
    var headers = Headers.builder();
    if (isAbsent(object)) {
      return headers.build();
    }
    if (!object.isObject()) {
      throw wrongType("headers", "an object such as {\"X-Team\": {\"value\": \"…\"}}");
    }
    object
        .properties()
        .forEach(
            header -> {
              JsonNode value = header.getValue().path("value");
              if (!value.isTextual()) {
                throw wrongType("headers", "an object such as {\"X-Team\": {\"value\": \"…\"}}");
              }
              headers.add(header.getKey(), value(header.getKey(), value.textValue(), stored));
            });
    return headers.build();
  }

  private static String value(String name, String sent, Headers stored) {
    if (!sent.equals(REDACTED)) {
      return sent;
    }
    return stored
        .first(name)
        .orElseThrow(
            () ->
                invalid(
                    "headers",
                    "The value of the header \""
                        + Printable.excerpt(name)
                        + "\" is "
                        + REDACTED
                        + ", but none is stored to be kept. Send the value."));
  }

  private Optional<String> text(String field) {
    JsonNode value = fields.path(field);
    if (isAbsent(value)) {
      return Optional.empty();
    }
    if (!value.isTextual()) {
      throw wrongType(field, "a text");
    }
    return Optional.of(value.textValue());
  }

  private static URI uri(String text) {
    try {
      return new URI(text);
    } catch (URISyntaxException e) {
      throw invalid("url", "The field `url` is not a well-formed URL.");
    }
  }

  private void bool(String field, Consumer<Boolean> setter) {
    JsonNode value = fields.path(field);
    if (isAbsent(value)) {
      return;
    }
    if (!value.isBoolean()) {
      throw wrongType(field, "true or false");
    }
    setter.accept(value.booleanValue());
  }

  private void number(String field, Consumer<Integer> setter) {
    JsonNode value = fields.path(field);
    if (isAbsent(value)) {
      return;
    }
    if (!value.isIntegralNumber() || !value.canConvertToInt()) {
      throw wrongType(field, "a whole number");
    }
    setter.accept(value.intValue());
  }

  private static boolean isAbsent(JsonNode value) {
    return value.isMissingNode() || value.isNull();
  }

  private static ApiError missing(String field) {
    return invalid(field, "The field `" + field + "` is missing.");
  }

  private static ApiError wrongType(String field, String allowed) {
    return invalid(field, "The field `" + field + "` must be " + allowed + ".");
  }

  private static ApiError invalid(String field, String message) {
    return ApiError.of(400, WebhookApi.INVALID, message, field);
  }
}

package io.bifrostfilter.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.bifrostfilter.delivery.Endpoint;
import io.bifrostfilter.delivery.Event;
import io.bifrostfilter.delivery.UnreadableEndpoint;
import io.bifrostfilter.webhook.Webhooks;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The endpoints that an administrator asks for, in the order of their names. Those that cannot be
 * read are among them, with what is known of them.
 *
 * @param search what a name or URL has in it, in lower case
 */
record EndpointList(
    Optional<String> search, Optional<Event> event, Optional<Boolean> disabled, Page page) {

  /**
   * @throws ApiError if a parameter has a value that is not allowed
   */
  static EndpointList of(HttpServletRequest request) {
    return new EndpointList(
        Page.parameter(request, "search").map(text -> text.toLowerCase(Locale.ROOT)),
        Page.parameter(request, "event").map(name -> EndpointForm.event(name, "event")),
        Page.parameter(request, "disabled").map(EndpointList::bool),
        Page.of(request));
  }

  /** A line of the list. */
  private record Line(String name, Answers.Fields fields) {

    static Line of(Endpoint endpoint) {
      return new Line(endpoint.name(), json -> EndpointJson.writeFields(endpoint, json));
    }

    static Line of(UnreadableEndpoint endpoint) {
      return new Line(endpoint.name(), json -> EndpointJson.writeFields(endpoint, json));
    }
  }

  /** The list as it is now. It is read before anything of the answer is written, and may fail. */
  Answers.Fields read(Webhooks known) {
    List<Line> all =
        Stream.concat(
                known.endpoints().stream().filter(this::isWanted).map(Line::of),
                known.unreadableEndpoints().stream().filter(this::isWanted).map(Line::of))
            .sorted(Comparator.comparing(Line::name))
            .toList();
    return json -> write(page.cut(all), all.size(), json);
  }

  private void write(List<Line> shown, int total, JsonGenerator json) throws IOException {
    json.writeArrayFieldStart("endpoints");
    for (Line each : shown) {
      json.writeStartObject();
      each.fields.writeTo(json);
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeNumberField("count", shown.size());
    json.writeNumberField("total_count", total);
    json.writeNumberField("limit", page.limit());
    json.writeNumberField("offset", page.offset());
  }

  private boolean isWanted(Endpoint endpoint) {
    return (isFoundIn(endpoint.name()) || isFoundIn(endpoint.settings().url().toString()))
        && event.map(endpoint.settings().events()::contains).orElse(true)
        && disabled.map(wanted -> wanted == endpoint.settings().disabled()).orElse(true);
  }

  /** Nobody knows its events, nor whether it is disabled. */
  private boolean isWanted(UnreadableEndpoint endpoint) {
    return isFoundIn(endpoint.name()) && event.isEmpty() && disabled.isEmpty();
  }

  private boolean isFoundIn(String text) {
    return search.isEmpty() || text.toLowerCase(Locale.ROOT).contains(search.get());
  }

  private static boolean bool(String text) {
    return switch (text) {
      case "true" -> true;
      case "false" -> false;
      default ->
          throw ApiError.of(
              400,
              WebhookApi.INVALID,
              "The parameter `disabled` must be true or false.",
              "disabled");
    };
  }
}

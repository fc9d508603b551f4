package io.bifrostfilter.sample.engine;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.bifrostfilter.sample.ApiError;
import io.bifrostfilter.sample.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The parameters of a JSON request, read with their types and bounds: whatever is wrong becomes a
 * 400 that names the parameter and what is allowed. Null counts as absent. Immutable.
 */
final class JsonBody {
  private final JsonNode body;

  private JsonBody(JsonNode body) {
    this.body = body;
  }

  static JsonBody parse(byte[] bytes) throws java.io.IOException {
    try {
      var body = Json.MAPPER.readTree(bytes);
      if (body.isObject()) {
        return new JsonBody(body);
      }
    } catch (JsonProcessingException e) {
      throw notJson("it is malformed: " + e.getOriginalMessage());
    }
    throw notJson("it is not an object");
  }

  private static ApiError notJson(String why) {
    return new ApiError(
        400, "invalid_json", null, "The body must be a JSON object, but " + why + ".");
  }

  /** The value, which is missing or null if it is not there. */
  JsonNode get(String name) {
    return body.path(name);
  }

  JsonNode required(String name) {
    var value = get(name);
    if (isAbsent(value)) {
      throw new ApiError(
          400, "missing_required_parameter", name, "'%s' is required.".formatted(name));
    }
    return value;
  }

  String requiredText(String name) {
    var value = required(name);
    if (!value.isTextual() || value.textValue().isEmpty()) {
      throw mustBe(name, "a string that is not empty", value);
    }
    return value.textValue();
  }

  /** One of {@code allowed}, of which the first is the default. */
  String choice(String name, String... allowed) {
    var value = get(name);
    if (isAbsent(value)) {
      return allowed[0];
    }
    if (!value.isTextual() || !Set.of(allowed).contains(value.textValue())) {
      throw mustBe(name, "one of " + String.join(", ", allowed), value);
    }
    return value.textValue();
  }

  boolean flag(String name) {
    var value = get(name);
    if (!isAbsent(value) && !value.isBoolean()) {
      throw mustBe(name, "true or false", value);
    }
    return value.booleanValue();
  }

  double number(String name, double fallback, double min, double max) {
    var value = get(name);
    if (isAbsent(value)) {
      return fallback;
    }
    if (!value.isNumber() || value.doubleValue() < min || value.doubleValue() > max) {
      throw mustBe(name, "a number from %s to %s".formatted(plain(min), plain(max)), value);
    }
    return value.doubleValue();
  }

  OptionalInt integer(String name, int min, int max) {
    var value = get(name);
    if (isAbsent(value)) {
      return OptionalInt.empty();
    }
    if (!value.isIntegralNumber()
        || !value.canConvertToInt()
        || value.intValue() < min
        || value.intValue() > max) {
      var bounds = max == Integer.MAX_VALUE ? "of at least " + min : "from " + min + " to " + max;
      throw mustBe(name, "a whole number " + bounds, value);
    }
    return OptionalInt.of(value.intValue());
  }

  OptionalLong seed() {
    var value = get("seed");
    if (isAbsent(value)) {
      return OptionalLong.empty();
    }
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      throw mustBe("seed", "a whole number", value);
    }
    return OptionalLong.of(value.longValue());
  }

  /** A text, or a list of up to {@code max} texts; empty if absent. */
  List<String> texts(String name, int max) {
    var value = get(name);
    if (isAbsent(value)) {
      return List.of();
    }
    var texts = new ArrayList<String>();
    (value.isArray() ? value : List.of(value)).forEach(item -> textOf(item).ifPresent(texts::add));
    if (texts.size() != (value.isArray() ? value.size() : 1) || texts.size() > max) {
      throw mustBe(name, "a string, or a list of at most " + max + " strings", value);
    }
    return List.copyOf(texts);
  }

  static ApiError mustBe(String name, String what, JsonNode but) {
    var shown = but.toString();
    return ApiError.invalid(
        name,
        "'%s' must be %s, but is %s."
            .formatted(name, what, shown.length() > 60 ? shown.substring(0, 60) + "…" : shown));
  }

  static boolean isAbsent(JsonNode value) {
    return value.isMissingNode() || value.isNull();
  }

  private static Optional<String> textOf(JsonNode value) {
    return value.isTextual() && !value.textValue().isEmpty()
        ? Optional.of(value.textValue())
        : Optional.empty();
  }

  private static String plain(double bound) {
    return bound == Math.rint(bound) ? String.valueOf((long) bound) : String.valueOf(bound);
  }
}

package io.bifrostfilter.http;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import io.bifrostfilter.job.Bytes;
import io.bifrostfilter.recording.JsonText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a JSON body once, from front to back, and keeps the few facts that matter; no tree is
 * built. For one body.
 *
 * <p>Refused: what is not well-formed, is no object, goes on after it, or has a key twice, since
 * whoever reads it next may take the other one.
 */
final class JsonRequest {

  /**
   * To notice a key that comes twice, the parser remembers those of every object that is open. This
   * many, in all, are more than any API takes, and few enough to remember.
   */
  private static final int MAX_OPEN_KEYS = 10_000;

  private static final int MAX_FALLBACKS = 16;
  private static final int MAX_MODEL_LENGTH = 512;
  private static final Set<String> LOOKED_FOR =
      Set.of("model", "messages", "prompt", "input", "query", "documents", "document");

  private final JsonParser parser;
  private final List<Integer> keysByDepth = new ArrayList<>();
  private int openKeys;

  private @Nullable String model;
  private boolean stream;
  private @Nullable String streamFormat;
  private final Set<String> fields = new HashSet<>();
  private final List<String> fallbacks = new ArrayList<>();

  private JsonRequest(JsonParser parser) {
    this.parser = parser;
    parser.enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);
  }

  /**
   * @throws ApiError {@code invalid_json}
   */
  static RequestFacts read(Bytes body) {
    if (!JsonText.isUtf8(body)) {
      throw invalid("it is not UTF-8");
    }
    if (beginsWithByteOrderMark(body)) {
      throw invalid("it begins with a byte order mark");
    }
    try (JsonParser parser = JsonText.FACTORY.createParser(body.asStream())) {
      var request = new JsonRequest(parser);
      try {
        return request.facts(body);
      } catch (StreamConstraintsException e) {
        throw invalid(exceeded(e) + request.place());
      }
    } catch (JsonProcessingException e) {
      throw invalid(problem(e));
    } catch (IOException e) {
      throw new UncheckedIOException("bytes in memory can be read", e);
    }
  }

  private static boolean beginsWithByteOrderMark(Bytes body) {
    return body.size() >= 3
        && body.at(0) == (byte) 0xef
        && body.at(1) == (byte) 0xbb
        && body.at(2) == (byte) 0xbf;
  }

  private RequestFacts facts(Bytes body) throws IOException {
    JsonToken first = parser.nextToken();
    if (first != JsonToken.START_OBJECT) {
      throw invalid(first == null ? "it is empty" : "it is not an object");
    }
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      countKey();
      readField(parser.currentName());
    }
    if (parser.nextToken() != null) {
      throw invalid("something follows the object" + place());
    }
    if (fallbacks.size() > MAX_FALLBACKS) {
      throw tooManyFallbacks().about(Optional.ofNullable(model));
    }
    return new RequestFacts(
        Optional.ofNullable(model),
        stream,
        Optional.ofNullable(streamFormat),
        fields,
        fallbacks,
        List.of(body));
  }

  private void readField(String name) throws IOException {
    JsonToken value = parser.nextToken();
    switch (name) {
      case "model" -> model = value == JsonToken.VALUE_STRING ? model() : null;
      case "stream" -> stream = value == JsonToken.VALUE_TRUE;
      case "stream_format" -> streamFormat = shortText(value);
      case "fallbacks" -> {
        if (value == JsonToken.START_ARRAY) {
          readFallbacks();
          return;
        }
      }
      default -> {}
    }
    if (value != JsonToken.VALUE_NULL && LOOKED_FOR.contains(name)) {
      fields.add(name);
    }
    skip(value);
  }

  private void readFallbacks() throws IOException {
    boolean ours = true;
    for (JsonToken value = parser.nextToken();
        value != JsonToken.END_ARRAY;
        value = parser.nextToken()) {
      if (value == JsonToken.VALUE_STRING && parser.getTextLength() > 0) {
        fallbacks.add(modelName("fallbacks"));
      } else {
        // Not ours: the application has a use of its own for a field of this name.
        skip(value);
        ours = false;
      }
    }
    if (!ours) {
      fallbacks.clear();
    }
  }

  /** A blank is no name. */
  private @Nullable String model() throws IOException {
    String name = modelName("model");
    return name.isBlank() ? null : name;
  }

  private String modelName(String field) throws IOException {
    if (parser.getTextLength() > MAX_MODEL_LENGTH) {
      throw ApiError.of(
              400,
              "invalid_model",
              "The name of a model"
                  + place()
                  + " is longer than "
                  + MAX_MODEL_LENGTH
                  + " characters. Name it shorter.",
              field)
          .about(Optional.ofNullable(model));
    }
    return parser.getText();
  }

  private @Nullable String shortText(JsonToken value) throws IOException {
    return value == JsonToken.VALUE_STRING && parser.getTextLength() <= MAX_MODEL_LENGTH
        ? parser.getText()
        : null;
  }

  /** Skips a value and all that is in it. */
  private void skip(JsonToken value) throws IOException {
    if (!value.isStructStart()) {
      return;
    }
    int depth = 0;
    JsonToken token = value;
    while (true) {
      if (token == null) {
        throw invalid("it ends too early");
      } else if (token.isStructStart()) {
        depth++;
        keysByDepth.add(0);
      } else if (token == JsonToken.FIELD_NAME) {
        keysByDepth.set(depth - 1, keysByDepth.get(depth - 1) + 1);
        countKey();
      } else if (token.isStructEnd()) {
        depth--;
        openKeys -= keysByDepth.remove(depth);
        if (depth == 0) {
          return;
        }
      }
      token = parser.nextToken();
    }
  }

  private void countKey() {
    openKeys++;
    if (openKeys > MAX_OPEN_KEYS) {
      throw invalid(
          "it has more than " + MAX_OPEN_KEYS + " keys in objects that are open at once" + place());
    }
  }

  private String place() {
    var location = parser.currentLocation();
    return " at line " + location.getLineNr() + ", column " + location.getColumnNr();
  }

  private static String exceeded(StreamConstraintsException e) {
    String message = e.getOriginalMessage();
    if (message.contains("nesting")) {
      return "it is nested deeper than " + JsonText.MAX_NESTING + " levels";
    }
    return message.contains("Number")
        ? "it has a number of more than " + JsonText.MAX_NUMBER_LENGTH + " digits"
        : "it has a key of more than " + JsonText.MAX_NAME_LENGTH + " characters";
  }

  /** The parser's own message would quote what stands there, and that may be a secret. */
  static String problem(JsonProcessingException e) {
    String message = e.getOriginalMessage();
    String kind =
        message != null && message.startsWith("Duplicate field")
            ? "a key comes twice in the same object"
            : "it is malformed";
    var location = e.getLocation();
    return location == null
        ? kind
        : kind + " at line " + location.getLineNr() + ", column " + location.getColumnNr();
  }

  /**
   * @param problem that follows "it should be:"
   */
  static ApiError invalid(String problem) {
    return ApiError.of(
        400,
        "invalid_json",
        "The request body is not the JSON that it should be: "
            + problem
            + ". Send one JSON object in UTF-8.");
  }

  private static ApiError tooManyFallbacks() {
    return ApiError.of(
        400,
        "invalid_fallbacks",
        "The field `fallbacks` names more than " + MAX_FALLBACKS + " models. Name fewer.",
        "fallbacks");
  }
}

package io.bifrostfilter.sample.engine;

import static io.bifrostfilter.sample.engine.JsonBody.mustBe;

import com.fasterxml.jackson.databind.JsonNode;
import io.bifrostfilter.sample.ApiError;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What has been said so far, as chat completions and responses write it. Immutable.
 *
 * @param last what the user said last, which is what a reply goes by
 * @param tokens the length of it all
 */
record Conversation(String last, int tokens) {
  private static final Set<String> ROLES =
      Set.of("system", "developer", "user", "assistant", "tool", "function");

  /**
   * @param param the parameter that holds the list, for error messages
   */
  static Conversation of(String param, JsonNode messages) {
    if (!messages.isArray() || messages.isEmpty()) {
      throw mustBe(param, "a list of at least one message", messages);
    }
    var last = "";
    var tokens = 0;
    for (var i = 0; i < messages.size(); i++) {
      var message = messages.get(i);
      var name = "%s[%d]".formatted(param, i);
      if (!message.isObject()) {
        throw mustBe(name, "an object with role and content", message);
      }
      // Items of responses that are no messages (calls of tools and what they gave) say nothing.
      if (message.path("type").asText("message").equals("message")) {
        var text = text(name, message);
        tokens += TextModel.tokens(text).size();
        last = message.path("role").textValue().equals("user") ? text : last;
      }
    }
    return new Conversation(last, tokens);
  }

  static Conversation of(String text) {
    return new Conversation(text, TextModel.tokens(text).size());
  }

  private static String text(String name, JsonNode message) {
    var role = message.path("role");
    if (!role.isTextual() || !ROLES.contains(role.textValue())) {
      throw ApiError.invalid(
          name + ".role",
          "'%s.role' must be one of %s."
              .formatted(name, String.join(", ", ROLES.stream().sorted().toList())));
    }
    var content = message.path("content");
    if (JsonBody.isAbsent(content) && role.textValue().equals("assistant")) {
      return "";
    }
    return String.join("\n", parts(name + ".content", content));
  }

  private static List<String> parts(String name, JsonNode content) {
    if (content.isTextual()) {
      return List.of(content.textValue());
    }
    if (!content.isArray()) {
      throw mustBe(name, "a string or a list of parts", content);
    }
    var parts = new ArrayList<String>();
    for (var part : content) {
      if (!part.isObject() || !part.path("type").isTextual()) {
        throw mustBe(name, "a string or a list of parts, each an object with a type", content);
      }
      // Images and files pass, and are not understood.
      parts.add(part.path("text").asText(""));
    }
    return parts;
  }
}

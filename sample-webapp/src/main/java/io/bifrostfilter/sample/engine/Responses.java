package io.bifrostfilter.sample.engine;

import static io.bifrostfilter.sample.engine.Answer.object;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** {@code POST /v1/responses}. Immutable. */
record Responses(TextModel text) {
  private static final int DEFAULT_MAX_TOKENS = 256;

  Answer answer(JsonBody body) {
    var model = Models.requested(body.requiredText("model"));
    var input = body.required("input");
    var conversation =
        input.isTextual()
            ? Conversation.of(body.requiredText("input"))
            : Conversation.of("input", input);
    var sampling = Sampling.of(body, DEFAULT_MAX_TOKENS, "max_output_tokens");
    var reply = text.reply(conversation.last(), sampling, 0);
    var response = new Response(body, model, sampling, reply, conversation.tokens());
    return body.flag("stream")
        ? new Answer.Events(response.events())
        : Answer.json(response.done());
  }

  /** One response, as it is at its start, on its way and at its end. */
  private static final class Response {
    private final String id = "resp_" + UUID.randomUUID().toString().replace("-", "");
    private final String messageId = "msg_" + UUID.randomUUID().toString().replace("-", "");
    private final long created = Instant.now().getEpochSecond();
    private final JsonBody request;
    private final String model;
    private final Sampling sampling;
    private final Generated reply;
    private final int inputTokens;
    private final String endStatus;
    private final List<String> frames = new ArrayList<>();

    Response(JsonBody request, String model, Sampling sampling, Generated reply, int inputTokens) {
      this.request = request;
      this.model = model;
      this.sampling = sampling;
      this.reply = reply;
      this.inputTokens = inputTokens;
      this.endStatus = reply.cut() ? "incomplete" : "completed";
    }

    Map<String, Object> done() {
      return at(
          endStatus,
          List.of(message(endStatus, List.of(part(reply.text())))),
          new Usage(inputTokens, reply.tokens().size()).asResponse());
    }

    List<String> events() {
      add("response.created", object("response", at("in_progress", List.of(), null)));
      add("response.in_progress", object("response", at("in_progress", List.of(), null)));
      add(
          "response.output_item.added",
          object("output_index", 0, "item", message("in_progress", List.of())));
      add("response.content_part.added", inMessage("part", part("")));
      for (var token : reply.tokens()) {
        add("response.output_text.delta", textEvent("delta", token));
      }
      add("response.output_text.done", textEvent("text", reply.text()));
      add("response.content_part.done", inMessage("part", part(reply.text())));
      add(
          "response.output_item.done",
          object("output_index", 0, "item", message(endStatus, List.of(part(reply.text())))));
      add("response." + endStatus, object("response", done()));
      return frames;
    }

    private void add(String type, Map<String, Object> fields) {
      var event = object("type", type, "sequence_number", frames.size());
      event.putAll(fields);
      frames.add("event: " + type + "\n" + Answer.data(event));
    }

    private Map<String, Object> textEvent(String name, String value) {
      var event = inMessage(name, value);
      event.put("logprobs", List.of());
      return event;
    }

    private Map<String, Object> inMessage(String name, Object value) {
      return object("item_id", messageId, "output_index", 0, "content_index", 0, name, value);
    }

    private Map<String, Object> message(String status, List<Map<String, Object>> content) {
      return object(
          "type",
          "message",
          "id",
          messageId,
          "status",
          status,
          "role",
          "assistant",
          "content",
          content);
    }

    private static Map<String, Object> part(String text) {
      return object(
          "type", "output_text", "text", text, "annotations", List.of(), "logprobs", List.of());
    }

    private Map<String, Object> at(
        String status, List<Map<String, Object>> output, @Nullable Map<String, Object> usage) {
      var cut = status.equals("incomplete") ? object("reason", "max_output_tokens") : null;
      return object(
          "id",
          id,
          "object",
          "response",
          "created_at",
          created,
          "status",
          status,
          "error",
          null,
          "incomplete_details",
          cut,
          "instructions",
          asSent("instructions", null),
          "max_output_tokens",
          asSent("max_output_tokens", null),
          "metadata",
          asSent("metadata", Map.of()),
          "model",
          model,
          "output",
          output,
          "parallel_tool_calls",
          asSent("parallel_tool_calls", true),
          "temperature",
          sampling.temperature(),
          "tool_choice",
          asSent("tool_choice", "auto"),
          "tools",
          asSent("tools", List.of()),
          "top_p",
          sampling.topP(),
          "usage",
          usage);
    }

    private @Nullable Object asSent(String name, @Nullable Object fallback) {
      JsonNode sent = request.get(name);
      return JsonBody.isAbsent(sent) ? fallback : sent;
    }
  }
}

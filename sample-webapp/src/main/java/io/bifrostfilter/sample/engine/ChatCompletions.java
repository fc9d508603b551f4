package io.bifrostfilter.sample.engine;

import static io.bifrostfilter.sample.engine.Answer.object;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** {@code POST /v1/chat/completions}. Immutable. */
record ChatCompletions(TextModel text) {
  private static final int DEFAULT_MAX_TOKENS = 256;

  Answer answer(JsonBody body) {
    var model = Models.requested(body.requiredText("model"));
    var conversation = Conversation.of("messages", body.required("messages"));
    var sampling = Sampling.of(body, DEFAULT_MAX_TOKENS, "max_completion_tokens", "max_tokens");
    var n = body.integer("n", 1, 16).orElse(1);
    var choices =
        IntStream.range(0, n)
            .mapToObj(index -> text.reply(conversation.last(), sampling, index))
            .toList();
    var output = choices.stream().mapToInt(choice -> choice.tokens().size()).sum();
    var reply =
        new Reply(
            "chatcmpl-" + UUID.randomUUID(),
            Instant.now().getEpochSecond(),
            model,
            choices,
            new Usage(conversation.tokens(), output));
    return body.flag("stream")
        ? new Answer.Events(reply.chunks(StreamOptions.includeUsage(body)))
        : Answer.json(reply.whole());
  }

  private record Reply(
      String id, long created, String model, List<Generated> choices, Usage usage) {
    Map<String, Object> whole() {
      var wire =
          IntStream.range(0, choices.size()).mapToObj(i -> choice(i, choices.get(i))).toList();
      var whole = head("chat.completion", wire);
      whole.put("usage", usage.asCompletion());
      return whole;
    }

    List<String> chunks(boolean includeUsage) {
      var chunks = new ArrayList<Map<String, Object>>();
      for (var i = 0; i < choices.size(); i++) {
        var choice = choices.get(i);
        chunks.add(chunk(i, object("role", "assistant", "content", ""), null));
        for (var token : choice.tokens()) {
          chunks.add(chunk(i, object("content", token), null));
        }
        chunks.add(chunk(i, object(), choice.finishReason()));
      }
      return StreamOptions.frames(
          chunks, head("chat.completion.chunk", List.of()), usage, includeUsage);
    }

    private Map<String, Object> chunk(
        int index, Map<String, Object> delta, @Nullable String finishReason) {
      var choice =
          object("index", index, "delta", delta, "logprobs", null, "finish_reason", finishReason);
      return head("chat.completion.chunk", List.of(choice));
    }

    private static Map<String, Object> choice(int index, Generated text) {
      return object(
          "index",
          index,
          "message",
          object(
              "role",
              "assistant",
              "content",
              text.text(),
              "refusal",
              null,
              "annotations",
              List.of()),
          "logprobs",
          null,
          "finish_reason",
          text.finishReason());
    }

    private Map<String, Object> head(String type, List<Map<String, Object>> wireChoices) {
      return object(
          "id", id, "object", type, "created", created, "model", model, "choices", wireChoices);
    }
  }
}

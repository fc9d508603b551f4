package io.bifrostfilter.sample.engine;

import static io.bifrostfilter.sample.engine.Answer.object;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** {@code POST /v1/completions}. Immutable. */
record Completions(TextModel text) {
  private static final int DEFAULT_MAX_TOKENS = 16;
  private static final int MAX_PROMPTS = 16;

  Answer answer(JsonBody body) {
    var model = Models.requested(body.requiredText("model"));
    body.required("prompt");
    var prompts = body.texts("prompt", MAX_PROMPTS);
    var sampling = Sampling.of(body, DEFAULT_MAX_TOKENS, "max_tokens");
    var n = body.integer("n", 1, 16).orElse(1);
    var choices = new ArrayList<Generated>();
    for (var prompt : prompts) {
      for (var i = 0; i < n; i++) {
        choices.add(text.continuation(prompt, sampling, i));
      }
    }
    var id = "cmpl-" + UUID.randomUUID();
    var created = Instant.now().getEpochSecond();
    var usage =
        new Usage(
            prompts.stream().mapToInt(prompt -> TextModel.tokens(prompt).size()).sum(),
            choices.stream().mapToInt(choice -> choice.tokens().size()).sum());
    var chunks = new ArrayList<Map<String, Object>>();
    var whole = new ArrayList<Map<String, Object>>();
    for (var i = 0; i < choices.size(); i++) {
      var choice = choices.get(i);
      whole.add(choice(i, choice.text(), choice.finishReason()));
      for (var token : choice.tokens()) {
        chunks.add(head(id, created, model, List.of(choice(i, token, null))));
      }
      chunks.add(head(id, created, model, List.of(choice(i, "", choice.finishReason()))));
    }
    if (body.flag("stream")) {
      var last = head(id, created, model, List.of());
      return new Answer.Events(
          StreamOptions.frames(chunks, last, usage, StreamOptions.includeUsage(body)));
    }
    var answer = head(id, created, model, whole);
    answer.put("usage", usage.asCompletion());
    return Answer.json(answer);
  }

  private static Map<String, Object> head(
      String id, long created, String model, List<Map<String, Object>> choices) {
    return object(
        "id",
        id,
        "object",
        "text_completion",
        "created",
        created,
        "model",
        model,
        "choices",
        choices);
  }

  private static Map<String, Object> choice(int index, String text, @Nullable String finishReason) {
    return object("text", text, "index", index, "logprobs", null, "finish_reason", finishReason);
  }
}

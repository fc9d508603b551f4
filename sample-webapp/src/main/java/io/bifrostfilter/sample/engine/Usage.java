package io.bifrostfilter.sample.engine;

import java.util.Map;

/** How many tokens a request has cost. Immutable. */
record Usage(int input, int output) {
  /** As chat and text completions name it. */
  Map<String, Object> asCompletion() {
    return Answer.object(
        "prompt_tokens",
        input,
        "completion_tokens",
        output,
        "total_tokens",
        input + output,
        "prompt_tokens_details",
        Answer.object("cached_tokens", 0, "audio_tokens", 0),
        "completion_tokens_details",
        Answer.object("reasoning_tokens", 0, "audio_tokens", 0));
  }

  /** As responses name it. */
  Map<String, Object> asResponse() {
    return Answer.object(
        "input_tokens",
        input,
        "input_tokens_details",
        Answer.object("cached_tokens", 0, "cache_write_tokens", 0),
        "output_tokens",
        output,
        "output_tokens_details",
        Answer.object("reasoning_tokens", 0),
        "total_tokens",
        input + output);
  }

  /** As embeddings and rerank name it: there is no output to count. */
  Map<String, Object> asInput() {
    return Answer.object("prompt_tokens", input, "total_tokens", input);
  }
}

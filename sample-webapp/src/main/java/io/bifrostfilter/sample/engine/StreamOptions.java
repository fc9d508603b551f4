package io.bifrostfilter.sample.engine;

import static io.bifrostfilter.sample.engine.JsonBody.mustBe;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** How streams of chat and text completions end. Stateless. */
final class StreamOptions {
  private StreamOptions() {}

  static boolean includeUsage(JsonBody body) {
    var options = body.get("stream_options");
    var include = options.path("include_usage");
    if (JsonBody.isAbsent(options) || JsonBody.isAbsent(include)) {
      return false;
    }
    if (!include.isBoolean()) {
      throw mustBe("stream_options.include_usage", "true or false", include);
    }
    return include.booleanValue();
  }

  /**
   * @param last the chunk that carries the usage, where it is asked for; all others then have null
   */
  static List<String> frames(
      List<Map<String, Object>> chunks,
      Map<String, Object> last,
      Usage usage,
      boolean includeUsage) {
    var frames = new ArrayList<String>();
    if (includeUsage) {
      chunks.forEach(chunk -> chunk.putAll(Answer.object("usage", null)));
      last.put("usage", usage.asCompletion());
    }
    chunks.forEach(chunk -> frames.add(Answer.data(chunk)));
    if (includeUsage) {
      frames.add(Answer.data(last));
    }
    frames.add("data: [DONE]\n\n");
    return frames;
  }
}

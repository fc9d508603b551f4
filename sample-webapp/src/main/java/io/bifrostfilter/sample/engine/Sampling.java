package io.bifrostfilter.sample.engine;

import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/**
 * How to choose the next token, and when to stop. Immutable.
 *
 * @param temperature 0 to 2; 0 always takes the likeliest token
 * @param seed the same seed and parameters give the same text
 */
record Sampling(double temperature, double topP, long seed, int maxTokens, List<String> stops) {
  /**
   * @param maxTokensNames the parameters that bound the length, of which the first that is there
   *     counts
   */
  static Sampling of(JsonBody body, int defaultMaxTokens, String... maxTokensNames) {
    body.number("presence_penalty", 0, -2, 2);
    body.number("frequency_penalty", 0, -2, 2);
    body.integer("top_logprobs", 0, 20);
    var maxTokens =
        Stream.of(maxTokensNames)
            .map(name -> body.integer(name, 1, Integer.MAX_VALUE))
            .flatMapToInt(value -> value.stream())
            .findFirst()
            .orElse(defaultMaxTokens);
    return new Sampling(
        body.number("temperature", 1, 0, 2),
        body.number("top_p", 1, 0, 1),
        body.seed().orElseGet(() -> ThreadLocalRandom.current().nextLong()),
        maxTokens,
        body.texts("stop", 4));
  }

  /** The randomness of the choice with this index. */
  RandomGenerator random(int index) {
    return new java.util.Random(seed * 31 + index);
  }
}

package io.bifrostfilter.sample.engine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A trigram model of the bundled text: it knows which tokens have followed which two others, and
 * where those two are new to it, which have followed the last one. A reply begins as the sentence
 * that has most, and the rarest, words in common with the prompt.
 *
 * <p>A token is a word or a sign with the white space before it, so that tokens joined are text.
 * Immutable once built.
 */
final class TextModel {
  private static final Pattern TOKEN =
      Pattern.compile("\\s*(?:[\\p{L}\\p{N}]+(?:['-][\\p{L}\\p{N}]+)*|[^\\p{L}\\p{N}\\s])");
  private static final Pattern SENTENCE_END = Pattern.compile("[.!?]\"?\\s+(?=[\"A-Z])");
  private static final String END = "";

  /** The tokens that have followed these, with how often. */
  private final Map<List<String>, Map<String, Integer>> followers = new HashMap<>();

  private final List<String> sentences = new ArrayList<>();
  private final Map<String, Integer> sentencesWith = new HashMap<>();

  /** Reads the bundled text. */
  static TextModel bundled() {
    try (var in = TextModel.class.getResourceAsStream("alice.txt")) {
      if (in == null) {
        throw new IllegalStateException("alice.txt is missing from the web app");
      }
      return new TextModel(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  TextModel(String text) {
    for (var paragraph : text.strip().split("\\R\\s*\\R")) {
      learn(tokens(paragraph));
      sentences.addAll(List.of(SENTENCE_END.splitAsStream(paragraph).toArray(String[]::new)));
    }
    sentences.forEach(
        sentence -> words(sentence).forEach(word -> sentencesWith.merge(word, 1, Integer::sum)));
  }

  static List<String> tokens(String text) {
    return TOKEN.matcher(text).results().map(MatchResult::group).toList();
  }

  /** A reply to the prompt. */
  Generated reply(String prompt, Sampling sampling, int index) {
    var random = sampling.random(index);
    var opening = tokens(opening(prompt, sampling, random));
    return generate(opening.subList(0, Math.min(2, opening.size())), true, sampling, random);
  }

  /** What might come after the prompt. */
  Generated continuation(String prompt, Sampling sampling, int index) {
    var context = tokens(prompt);
    if (!context.isEmpty() && followers.containsKey(context(context, 1))) {
      return generate(context, false, sampling, sampling.random(index));
    }
    return reply(prompt, sampling, index);
  }

  private void learn(List<String> tokens) {
    var ended = new ArrayList<>(tokens);
    ended.add(END);
    for (var i = 1; i < ended.size(); i++) {
      var before = ended.subList(0, i);
      for (var length = 1; length <= Math.min(2, i); length++) {
        followers
            .computeIfAbsent(context(before, length), key -> new LinkedHashMap<>())
            .merge(ended.get(i), 1, Integer::sum);
      }
    }
  }

  private Generated generate(
      List<String> start, boolean startIsText, Sampling sampling, RandomGenerator random) {
    var all = new ArrayList<>(start);
    var from = startIsText ? 0 : all.size();
    var used = new HashMap<List<String>, Integer>();
    var stopped = false;
    while (!stopped && all.size() - from < sampling.maxTokens()) {
      var next = choose(following(all, used), sampling, random);
      stopped = next.equals(END);
      for (var length = 1; length <= Math.min(2, all.size()); length++) {
        used.merge(step(context(all, length), next), 1, Integer::sum);
      }
      if (!stopped) {
        all.add(next);
      }
    }
    var most = Math.min(all.size(), from + sampling.maxTokens());
    return new Generated(all.subList(from, most), !stopped).upTo(sampling.stops());
  }

  /**
   * What may come next. Each step of the text is taken once in a reply, or the likeliest ones would
   * go round in circles.
   */
  private Map<String, Integer> following(List<String> tokens, Map<List<String>, Integer> used) {
    for (var length = Math.min(2, tokens.size()); length > 0; length--) {
      var context = context(tokens, length);
      var left = new LinkedHashMap<>(followers.getOrDefault(context, Map.of()));
      left.replaceAll((next, count) -> count - used.getOrDefault(step(context, next), 0));
      left.values().removeIf(count -> count <= 0);
      if (!left.isEmpty()) {
        return left;
      }
    }
    return Map.of(END, 1);
  }

  private static List<String> step(List<String> context, String next) {
    return Stream.concat(context.stream(), Stream.of(next)).toList();
  }

  private static String choose(
      Map<String, Integer> candidates, Sampling sampling, RandomGenerator random) {
    var ranked =
        candidates.entrySet().stream()
            .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
            .toList();
    if (sampling.temperature() == 0) {
      return ranked.get(0).getKey();
    }
    // The likeliest ones that together make up top_p, then one of them by its weight.
    var total = candidates.values().stream().mapToInt(Integer::intValue).sum();
    var weights = new LinkedHashMap<String, Double>();
    var mass = 0.0;
    for (var candidate : ranked) {
      // Relative to the likeliest, or low temperatures would overflow.
      var ratio = (double) candidate.getValue() / ranked.get(0).getValue();
      weights.put(candidate.getKey(), Math.pow(ratio, 1 / sampling.temperature()));
      mass += (double) candidate.getValue() / total;
      if (mass >= sampling.topP()) {
        break;
      }
    }
    var draw = random.nextDouble() * weights.values().stream().mapToDouble(w -> w).sum();
    for (var weighted : weights.entrySet()) {
      draw -= weighted.getValue();
      if (draw < 0) {
        return weighted.getKey();
      }
    }
    return ranked.get(0).getKey();
  }

  private String opening(String prompt, Sampling sampling, RandomGenerator random) {
    var asked = words(prompt);
    var best =
        sentences.stream()
            .max(Comparator.comparingDouble(sentence -> overlap(asked, sentence)))
            .orElse(END);
    if (overlap(asked, best) > 0 || sampling.temperature() == 0) {
      return best;
    }
    return sentences.get(random.nextInt(sentences.size()));
  }

  private double overlap(Set<String> asked, String sentence) {
    return words(sentence).stream()
        .filter(asked::contains)
        .mapToDouble(
            word -> Math.log((double) sentences.size() / sentencesWith.getOrDefault(word, 1)))
        .sum();
  }

  private static Set<String> words(String text) {
    var words = new HashSet<String>();
    tokens(text).forEach(token -> words.add(key(token)));
    words.removeIf(word -> word.length() < 3);
    return words;
  }

  private static List<String> context(List<String> tokens, int length) {
    return tokens.subList(tokens.size() - length, tokens.size()).stream()
        .map(TextModel::key)
        .toList();
  }

  private static String key(String token) {
    return token.strip().toLowerCase(Locale.ROOT);
  }
}

package io.bifrostfilter.sample.engine;

import java.util.Arrays;
import java.util.Locale;

/**
 * Turns a text into a vector of length 1: each run of three and four characters counts towards the
 * coordinate that its hash names, so that texts that share many of them are close. Stateless.
 */
final class TextEmbedder {
  static final int DEFAULT_DIMENSIONS = 256;

  private TextEmbedder() {}

  /**
   * @param dimensions at most {@value #DEFAULT_DIMENSIONS}: the vector is cut and scaled to length
   *     1 again, as OpenAI's are
   */
  static float[] embed(String text, int dimensions) {
    var padded = " " + text.strip().toLowerCase(Locale.ROOT).replaceAll("\\s+", " ") + " ";
    var counts = new double[DEFAULT_DIMENSIONS];
    for (var length = 3; length <= 4; length++) {
      for (var i = 0; i + length <= padded.length(); i++) {
        var hash = mixed(padded.substring(i, i + length).hashCode());
        // The sign makes runs that share a coordinate cancel out rather than add up.
        counts[hash >>> 24] += (hash & 1) == 0 ? 1 : -1;
      }
    }
    return normalized(Arrays.copyOf(counts, dimensions));
  }

  /** From -1 to 1; both vectors must have length 1. */
  static double cosine(float[] a, float[] b) {
    var sum = 0.0;
    for (var i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  private static int mixed(int hash) {
    var mixed = hash * 0x9E3779B9;
    return mixed ^ (mixed >>> 15);
  }

  private static float[] normalized(double[] counts) {
    var norm = Math.sqrt(Arrays.stream(counts).map(c -> c * c).sum());
    var vector = new float[counts.length];
    if (norm == 0) {
      // Too short a vector for so short a text: any direction will do, but none would be NaN.
      vector[0] = 1;
      return vector;
    }
    for (var i = 0; i < vector.length; i++) {
      vector[i] = (float) (counts[i] / norm);
    }
    return vector;
  }
}

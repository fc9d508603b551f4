package io.bifrostfilter.benchmarks.report;

/**
 * What a figure should be. Said beside it, and never the reason for a failure: a machine that is
 * busy misses it for reasons of its own.
 */
public record Target(String text, boolean atMost, double bound) {

  public static Target atLeast(double bound, String unit) {
    return new Target("≥ " + Samples.readable(bound) + unit, false, bound);
  }

  public static Target atMost(double bound, String unit) {
    return new Target("≤ " + Samples.readable(bound) + unit, true, bound);
  }

  /** The target, and whether a figure meets it. */
  public String judge(double value) {
    boolean met = atMost ? value <= bound : value >= bound;
    return text + (met ? ", met" : ", **missed**");
  }
}

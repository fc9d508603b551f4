package io.bifrostfilter.benchmarks.report;

import java.util.List;
import java.util.Locale;

/**
 * One figure, as it came out in each round.
 *
 * @param values in the order of the rounds; at least one
 */
public record Samples(List<Double> values) {

  public Samples {
    if (values.isEmpty()) {
      throw new IllegalArgumentException("no round was run");
    }
    values = List.copyOf(values);
  }

  public static Samples of(double... values) {
    return new Samples(java.util.Arrays.stream(values).boxed().toList());
  }

  public double min() {
    return values.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
  }

  public double max() {
    return values.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
  }

  public double median() {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  /** Round by round, so that what slowed a whole round down cancels out. */
  public Samples dividedBy(Samples others) {
    return paired(others, (mine, other) -> mine / other);
  }

  /** Round by round. */
  public Samples minus(Samples others) {
    return paired(others, (mine, other) -> mine - other);
  }

  private Samples paired(Samples others, java.util.function.DoubleBinaryOperator operator) {
    if (values.size() != others.values.size()) {
      throw new IllegalArgumentException("of different rounds");
    }
    return new Samples(
        java.util.stream.IntStream.range(0, values.size())
            .mapToObj(i -> operator.applyAsDouble(values.get(i), others.values.get(i)))
            .toList());
  }

  /** Minimum, median and maximum. */
  @Override
  public String toString() {
    return readable(min()) + " · **" + readable(median()) + "** · " + readable(max());
  }

  /** Three digits or so, and thousands apart. */
  public static String readable(double value) {
    double size = Math.abs(value);
    String format = size >= 100 ? "%,.0f" : size >= 10 ? "%.1f" : "%.2f";
    return String.format(Locale.ROOT, format, value);
  }
}

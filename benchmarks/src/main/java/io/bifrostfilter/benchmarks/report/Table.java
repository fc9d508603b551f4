package io.bifrostfilter.benchmarks.report;

import java.util.ArrayList;
import java.util.List;

/** A table in Markdown. For one thread. */
public final class Table {

  private final int columns;
  private final List<String> lines = new ArrayList<>();

  public Table(String... header) {
    columns = header.length;
    row((Object[]) header);
    lines.add("|---".repeat(columns) + "|");
  }

  public Table row(Object... cells) {
    if (cells.length != columns) {
      throw new IllegalArgumentException(cells.length + " cells in " + columns + " columns");
    }
    var line = new StringBuilder("|");
    for (Object cell : cells) {
      line.append(' ').append(cell).append(" |");
    }
    lines.add(line.toString());
    return this;
  }

  @Override
  public String toString() {
    return String.join("\n", lines);
  }
}

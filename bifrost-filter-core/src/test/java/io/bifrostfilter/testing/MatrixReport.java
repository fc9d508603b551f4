package io.bifrostfilter.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;

/**
 * What was run on one server, as a row of a Markdown table. Every run of a build adds its rows to
 * the same file, which the system property {@code container-matrix} names; {@code
 * container-matrix.build} tells builds apart.
 */
public final class MatrixReport {

  private final String server;
  private final Map<Protocol, Map<HandlerKind, String>> cells = new EnumMap<>(Protocol.class);

  public MatrixReport(String server) {
    this.server = server;
  }

  public void put(Protocol protocol, HandlerKind handler, String outcome) {
    cells.computeIfAbsent(protocol, key -> new EnumMap<>(HandlerKind.class)).put(handler, outcome);
  }

  public void write() throws IOException {
    String row = row();
    System.out.println(row);
    String file = System.getProperty("container-matrix");
    if (file == null) {
      return;
    }
    String build = "<!-- " + System.getProperty("container-matrix.build") + " -->";
    Map<String, String> rows = new TreeMap<>(rowsOf(build, Path.of(file)));
    rows.put(server, row);
    var text = new StringJoiner("\n", "", "\n").add(build).add("");
    var names = new StringJoiner(" | ", "| | ", " |");
    var rule = new StringJoiner("|", "|---|", "|");
    for (Protocol protocol : Protocol.values()) {
      names.add(protocol.toString());
      rule.add("---");
    }
    text.add(names.toString()).add(rule.toString());
    rows.values().forEach(text::add);
    Files.writeString(Path.of(file), text.toString());
  }

  /** Those that an earlier build has left are of no interest. */
  private static Map<String, String> rowsOf(String build, Path file) throws IOException {
    Map<String, String> rows = new TreeMap<>();
    if (Files.exists(file)) {
      var lines = Files.readAllLines(file);
      if (lines.get(0).equals(build)) {
        lines.stream().skip(4).forEach(line -> rows.put(line.split(" *\\| *", -1)[1], line));
      }
    }
    return rows;
  }

  private String row() {
    var row = new StringJoiner(" | ", "| ", " |").add(server);
    for (Protocol protocol : Protocol.values()) {
      var outcomes = new StringJoiner(", ");
      cells
          .getOrDefault(protocol, Map.of())
          .forEach((handler, outcome) -> outcomes.add(handler + " " + outcome));
      row.add(outcomes.toString());
    }
    return row.toString();
  }
}

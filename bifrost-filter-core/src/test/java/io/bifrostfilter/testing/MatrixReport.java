package io.bifrostfilter.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What was run on one server, as a row of a Markdown table. Every run of a build adds its rows to
 * the same file, which the system property {@code container-matrix} names; {@code
 * container-matrix.build} tells builds apart. ReadmeMatrixTest compares the table with the README.
 */
public final class MatrixReport {

  /** What stands in a cell for every kind of handler. */
  private static final String PASSED = "✓";

  private static final String SKIPPED = "skipped";

  private final String server;
  private final Map<Protocol, Map<HandlerKind, String>> cells = new EnumMap<>(Protocol.class);

  public MatrixReport(String server) {
    this.server = server;
  }

  public void passed(Protocol protocol, HandlerKind handler) {
    put(protocol, handler, PASSED);
  }

  public void skipped(Protocol protocol, HandlerKind handler) {
    put(protocol, handler, SKIPPED);
  }

  /** To begin with, until it has passed. */
  public void failed(Protocol protocol, HandlerKind handler) {
    put(protocol, handler, "FAILED");
  }

  private void put(Protocol protocol, HandlerKind handler, String outcome) {
    cells.computeIfAbsent(protocol, key -> new EnumMap<>(HandlerKind.class)).put(handler, outcome);
  }

  public void write() throws IOException {
    String row = row();
    System.out.println(row);
    String file = System.getProperty("container-matrix");
    if (file == null) {
      return;
    }
    String build = build();
    Map<String, String> rows = new TreeMap<>(rowsOf(build, Path.of(file)));
    rows.put(server, row);
    var text = new StringJoiner("\n", "", "\n").add(build).add("");
    var kinds = new StringJoiner(", ", PASSED + ": handlers ", "");
    for (HandlerKind kind : HandlerKind.values()) {
      kinds.add(kind.toString());
    }
    var names = new StringJoiner(" | ", "| ", " |").add(kinds.toString());
    var rule = new StringJoiner("|", "|---|", "|");
    for (Protocol protocol : Protocol.values()) {
      names.add(protocol.toString());
      rule.add("---");
    }
    text.add(names.toString()).add(rule.toString());
    rows.values().forEach(text::add);
    Files.writeString(Path.of(file), text.toString());
  }

  /**
   * The table of this build. What this machine has no way to run, and so skipped, is taken for
   * passed: other machines tell.
   *
   * @throws IllegalStateException if this build has run nothing
   */
  public static String table() throws IOException {
    var lines = Files.readAllLines(Path.of(System.getProperty("container-matrix")));
    if (!lines.get(0).equals(build())) {
      throw new IllegalStateException("The table is of another build: " + lines.get(0));
    }
    return (String.join("\n", lines.subList(2, lines.size())) + "\n")
        .replace("| " + SKIPPED + " |", "| " + PASSED + " |");
  }

  private static String build() {
    return "<!-- " + System.getProperty("container-matrix.build") + " -->";
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
      row.add(cell(cells.getOrDefault(protocol, Map.of())));
    }
    return row.toString();
  }

  private static String cell(Map<HandlerKind, String> outcomes) {
    var kinds = List.of(HandlerKind.values());
    for (String same : List.of(PASSED, SKIPPED)) {
      if (kinds.stream().allMatch(kind -> same.equals(outcomes.get(kind)))) {
        return same;
      }
    }
    return kinds.stream()
        .map(kind -> kind + " " + outcomes.getOrDefault(kind, "not run"))
        .collect(Collectors.joining(", "));
  }
}

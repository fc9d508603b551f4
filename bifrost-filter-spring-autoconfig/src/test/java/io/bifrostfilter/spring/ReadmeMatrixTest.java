package io.bifrostfilter.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.TreeSet;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;

/**
 * The README claims of Spring Boot what the reports of this build show, no more and no less: a row
 * for each class of tests that says by its display name what it is about, a column for each
 * application that it was run in. The build runs this class after all of those.
 */
class ReadmeMatrixTest {

  private static final String BEGIN = "<!-- boot-matrix -->\n";
  private static final String END = "<!-- /boot-matrix -->";

  /** Tells builds apart. */
  private static final String BUILD = "boot-matrix.build";

  @Test
  void theTableInTheReadmeIsTheOneThatTheTestsHaveMade() throws Exception {
    Assumptions.assumeTrue(
        System.getProperty("asked-for", "").isEmpty(),
        "only some tests were asked for, and so not all reports were made");
    String readme = Files.readString(Path.of(System.getProperty("readme"))).replace("\r\n", "\n");
    assertThat(readme).contains(BEGIN, END);
    String claimed = readme.substring(readme.indexOf(BEGIN) + BEGIN.length(), readme.indexOf(END));
    String table = table(reportsOfThisBuild());

    assertThat(claimed).as("The table in the README should be:%n%n%s%n", table).isEqualTo(table);
  }

  /** What one class of tests has shown in one application. */
  private record Report(String row, String column, String cell) {}

  private static List<Report> reportsOfThisBuild() throws Exception {
    var reports = new ArrayList<Report>();
    try (var files =
        Files.newDirectoryStream(Path.of(System.getProperty("reports")), "TEST-*.xml")) {
      for (Path file : files) {
        Element suite =
            DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(file.toFile())
                .getDocumentElement();
        Map<String, String> properties = properties(suite);
        // Earlier builds leave reports behind, too.
        if (!System.getProperty(BUILD).equals(properties.get(BUILD))) {
          continue;
        }
        DisplayName about = testClass(file).getAnnotation(DisplayName.class);
        if (about != null) {
          reports.add(
              new Report(
                  about.value(),
                  properties.get("expected.boot") + " " + properties.get("expected.server"),
                  cell(suite, properties.get("expected.gateway"))));
        }
      }
    }
    return reports;
  }

  /** By the name of the file: where a class has a display name, the report has nothing else. */
  private static Class<?> testClass(Path report) throws ClassNotFoundException {
    String name = report.getFileName().toString().replaceFirst("^TEST-([^-]+?)(-.*)?\\.xml$", "$1");
    return Class.forName(name, false, ReadmeMatrixTest.class.getClassLoader());
  }

  private static Map<String, String> properties(Element suite) {
    var properties = new HashMap<String, String>();
    var all = suite.getElementsByTagName("property");
    for (int i = 0; i < all.getLength(); i++) {
      var property = (Element) all.item(i);
      properties.put(property.getAttribute("name"), property.getAttribute("value"));
    }
    return properties;
  }

  /** What this machine has no way to run, and so skipped, is taken for passed: others tell. */
  private static String cell(Element suite, String gateway) {
    if (count(suite, "failures") + count(suite, "errors") > 0) {
      return "FAILED";
    }
    if (count(suite, "skipped") == count(suite, "tests")) {
      return "";
    }
    return gateway == null ? "✓" : gateway;
  }

  private static int count(Element suite, String attribute) {
    return Integer.parseInt(suite.getAttribute(attribute));
  }

  private static String table(List<Report> reports) {
    var columns = new TreeSet<String>();
    var rows = new TreeMap<String, Map<String, String>>();
    for (Report report : reports) {
      columns.add(report.column());
      rows.computeIfAbsent(report.row(), row -> new HashMap<>())
          .merge(report.column(), report.cell(), (one, other) -> one.isEmpty() ? other : one);
    }
    var names = new StringJoiner(" | ", "| Spring Boot | ", " |\n");
    var rule = new StringJoiner("|", "|---|", "|\n");
    columns.forEach(
        column -> {
          names.add(column);
          rule.add("---");
        });
    var table = new StringBuilder(names.toString()).append(rule);
    rows.forEach(
        (row, cells) -> {
          var line = new StringJoiner(" | ", "| " + row + " | ", " |\n");
          columns.forEach(column -> line.add(cells.getOrDefault(column, "")));
          table.append(line);
        });
    return table.toString();
  }
}

package io.bifrostfilter.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** That they run, and never how fast. */
class EveryBenchmarkRunsTest {

  @ParameterizedTest
  @MethodSource("parts")
  void everyPartPrintsATableOfFigures(String part) throws Exception {
    assertThat(printedBy(part, "--quick", "--load", "jetty", "--containers", "jetty"))
        .containsPattern("\n### .+\n\n\\|.+\\|\n\\|(---\\|)+\n\\|.*[0-9].*\\|\n")
        .doesNotContain("NaN", "Infinity");
  }

  @Test
  void onTomcatToo() throws Exception {
    assertThat(printedBy("submit", "--quick", "--load", "jetty", "--containers", "tomcat"))
        .contains("### Submit, on tomcat");
  }

  @Test
  void aPartThatThereIsNotIsNamed() {
    assertThatThrownBy(() -> printedBy("sbumit"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("sbumit");
  }

  static List<String> parts() {
    return Benchmarks.partNames();
  }

  private static String printedBy(String... arguments) throws Exception {
    var out = new ByteArrayOutputStream();
    Benchmarks.run(new PrintStream(out, true, StandardCharsets.UTF_8), arguments);
    return out.toString(StandardCharsets.UTF_8);
  }
}

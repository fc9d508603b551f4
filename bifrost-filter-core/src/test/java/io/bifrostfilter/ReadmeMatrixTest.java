package io.bifrostfilter;

import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.testing.MatrixReport;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * The README claims what the runs of {@link ContainerMatrixTest} have shown, no more and no less.
 * The build runs this class after all of those.
 */
class ReadmeMatrixTest {

  private static final String BEGIN = "<!-- container-matrix -->\n";
  private static final String END = "<!-- /container-matrix -->";

  @Test
  void theTableInTheReadmeIsTheOneThatTheTestsHaveMade() throws Exception {
    Assumptions.assumeTrue(
        System.getProperty("asked-for", "").isEmpty(),
        "only some tests were asked for, and so not all rows were made");
    String readme = Files.readString(Path.of(System.getProperty("readme"))).replace("\r\n", "\n");
    assertThat(readme).contains(BEGIN, END);
    String claimed = readme.substring(readme.indexOf(BEGIN) + BEGIN.length(), readme.indexOf(END));

    assertThat(claimed)
        .as("The table in the README should be:%n%n%s%n", MatrixReport.table())
        .isEqualTo(MatrixReport.table());
  }
}

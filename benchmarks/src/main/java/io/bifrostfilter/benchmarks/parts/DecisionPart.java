package io.bifrostfilter.benchmarks.parts;

import io.bifrostfilter.benchmarks.Options;
import io.bifrostfilter.benchmarks.Part;
import io.bifrostfilter.benchmarks.Session;
import io.bifrostfilter.benchmarks.report.Samples;
import io.bifrostfilter.benchmarks.report.Table;
import io.bifrostfilter.benchmarks.report.Target;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/** What the filter's decision costs a request that is not ours, by JMH. */
public final class DecisionPart implements Part {

  private static final Target NANOS = Target.atMost(60, " ns");
  private static final String ALLOCATED = "gc.alloc.rate.norm";
  private static final Map<String, String> ROWS =
      Map.of(
          "chainAlone", "without",
          "looksAlone", "its looks for header fields, alone",
          "throughTheFilter", "with the filter");

  @Override
  public String name() {
    return "decision";
  }

  @Override
  public void run(Session session) throws RunnerException {
    var table = new Table("", "request", "ns", "bytes allocated", "target");
    for (RunResult result : measure(session.options())) {
      String method = result.getParams().getBenchmark().replaceFirst(".*\\.", "");
      Samples nanos = nanos(result);
      // JMH divides what the whole VM allocated by the calls, and so is never quite at zero.
      double bytes = Objects.requireNonNull(result.getSecondaryResults().get(ALLOCATED)).getScore();
      boolean filter = method.equals("throughTheFilter");
      table.row(
          ROWS.getOrDefault(method, method),
          result.getParams().getParam("method") + " on " + result.getParams().getParam("container"),
          nanos,
          Math.round(bytes),
          filter
              ? NANOS.judge(nanos.median()) + "; 0 B, " + (bytes < 1 ? "met" : "**missed**")
              : "");
    }
    session.print("The decision for a request that is not ours", table);
  }

  private static Collection<RunResult> measure(Options options) throws RunnerException {
    boolean quick = options.quick();
    TimeValue turn = TimeValue.milliseconds(quick ? 100 : options.turn().toMillis() / 3);
    var jmh =
        new OptionsBuilder()
            .include(DecisionBenchmark.class.getName())
            .param("container", options.containers().toArray(String[]::new))
            // One and the same code is twice as fast in one virtual machine as in the next.
            .forks(quick ? 1 : 3)
            // Without these it would take those of this VM.
            .jvmArgs("-Xmx512m")
            .warmupIterations(quick ? 1 : 5)
            .warmupTime(turn)
            .measurementIterations(options.rounds())
            .measurementTime(turn)
            .addProfiler(GCProfiler.class)
            .verbosity(VerboseMode.SILENT)
            .shouldFailOnError(true);
    if (quick) {
      jmh.param("method", "POST");
    }
    return new Runner(jmh.build()).run();
  }

  private static Samples nanos(RunResult result) {
    return new Samples(
        result.getAggregatedResult().getIterationResults().stream()
            .map(iteration -> iteration.getPrimaryResult().getScore())
            .toList());
  }
}

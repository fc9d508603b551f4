package io.bifrostfilter.benchmarks;

import io.bifrostfilter.benchmarks.load.Load;
import io.bifrostfilter.benchmarks.report.Samples;
import io.bifrostfilter.benchmarks.report.Table;
import io.bifrostfilter.benchmarks.report.Target;
import io.bifrostfilter.benchmarks.server.Server;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Contenders that do the same work in turns, round by round and every other round in reverse, so
 * that what else the machine does meets all of them alike.
 *
 * @param unit that is counted, such as requests
 * @param contenders the first of them is what the others are compared with
 */
public record Contest(String unit, List<Contender> contenders) {

  /** Does the work for a while. */
  public interface Turn {

    Took run(Duration duration) throws Exception;
  }

  /**
   * One turn's work.
   *
   * @param cpuNanos the processor time that the server took; 0 if that is not known
   */
  public record Took(long count, double seconds, long cpuNanos) {

    double perSecond() {
      return count / seconds;
    }

    double cpuMicros() {
      return cpuNanos / 1000.0 / count;
    }
  }

  /**
   * @param ratio what its rate should be, of the first contender's
   */
  public record Contender(String name, Turn turn, Optional<Target> ratio) {

    public Contender(String name, Turn turn) {
      this(name, turn, Optional.empty());
    }

    public Contender atLeast(double share) {
      return new Contender(name, turn, Optional.of(Target.atLeast(share, "")));
    }
  }

  /**
   * What a contender showed.
   *
   * @param rate per second
   * @param cpuMicros of processor time that the server took for each
   */
  public record Scores(Samples rate, Samples cpuMicros) {}

  /** Requests to a server, from the session's generator. */
  public static Turn requests(Session session, Server server, Supplier<Load> load) {
    return requests(session, server::cpuNanos, load);
  }

  /** The same, to a process whose processor time is known. */
  public static Turn requests(Session session, LongSupplier cpuNanos, Supplier<Load> load) {
    return duration -> {
      long before = cpuNanos.getAsLong();
      var sent = session.generator().send(load.get(), session.options().connections(), duration);
      return new Took(sent.answered(), sent.seconds(), cpuNanos.getAsLong() - before);
    };
  }

  /** The same, to a server that forgets all jobs before each turn. */
  public static Turn requestsFromScratch(Session session, Server server, Supplier<Load> load) {
    Turn turn = requests(session, server, load);
    return duration -> {
      server.restart();
      return turn.run(duration);
    };
  }

  /** Has each contender work for a while that does not count. */
  public void warmUp(Options options) throws Exception {
    for (Contender contender : contenders) {
      contender.turn.run(options.warmUp());
    }
  }

  /** In the order of the contenders. */
  public List<Scores> run(Options options) throws Exception {
    warmUp(options);
    var turns = new ArrayList<Turns>();
    for (Contender contender : contenders) {
      turns.add(new Turns(contender, new ArrayList<>()));
    }
    var order = new ArrayList<>(turns);
    for (int round = 0; round < options.rounds(); round++) {
      for (Turns one : order) {
        one.took.add(one.contender.turn.run(options.turn()));
      }
      Collections.reverse(order);
    }
    return turns.stream().map(Turns::scores).toList();
  }

  /** The scores, and each contender's ratio to the first. */
  public Table table(List<Scores> scores) {
    String first = contenders.get(0).name;
    var table = new Table("", unit + " per second", "CPU µs each", "rate ÷ " + first, "target");
    for (int i = 0; i < scores.size(); i++) {
      Contender contender = contenders.get(i);
      Scores own = scores.get(i);
      Samples ratio = own.rate.dividedBy(scores.get(0).rate);
      table.row(
          contender.name,
          own.rate,
          own.cpuMicros.max() == 0 ? "" : own.cpuMicros,
          i == 0 ? "" : ratio,
          contender.ratio.map(target -> target.judge(ratio.median())).orElse(""));
    }
    return table;
  }

  private record Turns(Contender contender, List<Took> took) {

    Scores scores() {
      return new Scores(
          new Samples(took.stream().map(Took::perSecond).toList()),
          new Samples(took.stream().map(Took::cpuMicros).toList()));
    }
  }
}

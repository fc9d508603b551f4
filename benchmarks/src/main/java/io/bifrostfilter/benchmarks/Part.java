package io.bifrostfilter.benchmarks;

/** One thing that is measured. */
public interface Part {

  /** What it is called on the command line. */
  String name();

  /** Measures, and prints what came out. */
  void run(Session session) throws Exception;
}

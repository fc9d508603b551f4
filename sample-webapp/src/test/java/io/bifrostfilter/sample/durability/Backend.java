package io.bifrostfilter.sample.durability;

import java.io.IOException;
import java.util.Map;

/** A real server that keeps the jobs of several nodes. */
interface Backend extends AutoCloseable {

  /** The port of this machine that it listens on. */
  int port();

  /**
   * What a node is told, so that it keeps its jobs here.
   *
   * @param port that leads here
   */
  Map<String, String> environment(int port);

  /** How many jobs there are, done or not. */
  long jobs() throws Exception;

  /** How often a job was given to a worker. */
  int attempts(String id) throws Exception;

  /** All that is stored, as whoever steals it would see it. */
  String dump() throws Exception;

  /** Ends the server as an operator would, and starts it again with what it has kept. */
  void restart() throws Exception;

  @Override
  void close() throws IOException;
}

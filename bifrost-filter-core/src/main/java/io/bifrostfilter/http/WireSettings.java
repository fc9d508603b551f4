package io.bifrostfilter.http;

import java.time.Duration;
import java.util.List;

/**
 * What of the wire is configurable.
 *
 * @param pathPrefix where the path surface begins, with a slash at the front and none at the end
 * @param targetPrefix what stands in its place in the application's own paths; written the same
 *     way, or empty
 * @param routes of the path surface, without a slash at either end
 * @param maxRequestSize in bytes
 */
public record WireSettings(
    String pathPrefix,
    String targetPrefix,
    List<String> routes,
    HeaderAnswers headerAnswers,
    long maxRequestSize,
    Duration defaultResultTtl,
    Duration maxResultTtl,
    Duration maxWait) {

  public WireSettings {
    routes = List.copyOf(routes);
  }
}

package io.bifrostfilter.testing;

import io.bifrostfilter.testing.EmbeddedServer.Make;

/**
 * The servers that every end-to-end test runs on. {@link EmbeddedServer#onTheClassPath} knows of
 * more.
 */
public enum Container {
  JETTY(Make.JETTY),
  TOMCAT(Make.TOMCAT);

  private final Make make;

  Container(Make make) {
    this.make = make;
  }

  EmbeddedServer server() {
    return make.load();
  }
}

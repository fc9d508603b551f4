package io.bifrostfilter.http;

/** What a caller sent, made fit to be said back. */
final class Printable {

  private static final int MAX_LENGTH = 100;

  private Printable() {}

  /** The beginning of a text, without control characters. */
  static String excerpt(String text) {
    String cut = text.length() > MAX_LENGTH ? text.substring(0, MAX_LENGTH) + "…" : text;
    return cut.replaceAll("\\p{Cntrl}", "?");
  }
}

package io.bifrostfilter.benchmarks.server;

import java.nio.charset.StandardCharsets;

/** Requests and answers of 1 KiB, of the shape that the API has. */
public final class Payloads {

  private static final int SIZE = 1024;

  private Payloads() {}

  /** A chat completion request, on one line. */
  public static String request() {
    return filled(
        "{\"model\":\"openai/gpt-4\",\"messages\":[{\"role\":\"user\",\"content\":\"", "\"}]}");
  }

  /** A chat completion. */
  public static byte[] answer() {
    return filled(
            "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"model\":\"gpt-4\",\"choices\":[{\"index\":0,"
                + "\"finish_reason\":\"stop\",\"message\":{\"role\":\"assistant\",\"content\":\"",
            "\"}}]}")
        .getBytes(StandardCharsets.US_ASCII);
  }

  private static String filled(String head, String tail) {
    return head + "x".repeat(SIZE - head.length() - tail.length()) + tail;
  }
}

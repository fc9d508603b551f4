package io.bifrostfilter.spring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An application that never asks for a job does not notice that it could. */
class NothingChangesTest {

  private static BootApp without;
  private static BootApp with;

  @BeforeAll
  static void start() {
    without = BootApp.start(Handlers.class, "bifrost.async.enabled=false");
    with = BootApp.start(Handlers.class);
  }

  @AfterAll
  static void stop() {
    without.close();
    with.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /nowhere HTTP/1.1\r\n\r\n",
        "OPTIONS /v1/embeddings HTTP/1.1\r\nOrigin: http://example.com\r\n\r\n",
        "POST /v1/embeddings HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}",
        "POST /v1/embeddings HTTP/1.1\r\nx-bf-async: false\r\nContent-Length: 2\r\n\r\n{}",
        "POST /v1/embeddings HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}",
        "POST /v1/responses HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        "POST /v1/completions HTTP/1.1\r\nPrefer: return=minimal\r\nContent-Length: 2\r\n\r\n{}",
        "POST /v1/chat/completions HTTP/1.1\r\nContent-Type: text/plain\r\n"
            + "Content-Length: 5\r\n\r\n{\"a\":",
        "POST /v1/chat/completions HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
        "DELETE /v1/chat/completions HTTP/1.1\r\n\r\n",
        "GET /v1/chat%2Fcompletions HTTP/1.1\r\n\r\n"
      })
  void aRequestThatIsNotAsyncIsAnsweredWithTheSameBytes(String request) throws IOException {
    String answer = exchange(with, request);

    assertThat(answer).startsWith("HTTP/1.1 ").isEqualTo(exchange(without, request));
  }

  @Test
  void onlyBeansOfOursAreAdded() {
    var added = new TreeSet<>(Arrays.asList(with.context().getBeanDefinitionNames()));
    added.removeAll(Arrays.asList(without.context().getBeanDefinitionNames()));

    assertThat(added)
        .containsExactlyInAnyOrder(
            "asyncJobs",
            "asyncJobFilter",
            "asyncJobsLifecycle",
            "asyncJobsHandOver",
            "bifrost.async-io.bifrostfilter.spring.AsyncJobsProperties",
            "io.bifrostfilter.spring.AsyncJobsAutoConfiguration");
    assertThat(Arrays.asList(with.context().getBeanDefinitionNames()))
        .containsAll(Arrays.asList(without.context().getBeanDefinitionNames()));
  }

  /** All that comes back, but for what differs from one time and one port to another. */
  private static String exchange(BootApp app, String request) throws IOException {
    try (var socket = new Socket("127.0.0.1", app.port())) {
      socket.setSoTimeout(20_000);
      String withHost =
          request.replaceFirst("\r\n", "\r\nHost: localhost\r\nConnection: close\r\n");
      socket.getOutputStream().write(withHost.getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().flush();
      String answer =
          new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      String comparable =
          answer
              .replaceAll("(?m)^(Date|date): .*$", "$1: then")
              .replaceAll("\"timestamp\":\\s*\"[^\"]*\"", "\"timestamp\":\"then\"");
      // A thread's name may be a character longer than another's, and so the body that has it.
      return comparable.contains("\"thread\":")
          ? comparable
              .replaceAll("\"thread\":\"[^\"]*\"", "\"thread\":\"one\"")
              .replaceAll("(?m)^Content-Length: \\d+$", "Content-Length: size")
              .replaceAll("(?m)^[0-9a-f]+$", "size")
          : comparable;
    }
  }
}

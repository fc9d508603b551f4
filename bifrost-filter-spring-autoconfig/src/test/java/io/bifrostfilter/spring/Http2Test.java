package io.bifrostfilter.spring;

import static io.bifrostfilter.spring.BootApp.CHAT;
import static io.bifrostfilter.spring.BootApp.CHAT_BODY;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpClient.Version;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Callers that speak HTTP/2. Whatever they speak, jobs are played back over HTTP/1.1. */
@DisplayName("HTTP/2, with TLS and without")
class Http2Test {

  @Test
  void jobsAreSubmittedAndPolledOverHttp2InTheClear() {
    try (var app = BootApp.start(Handlers.class, "server.http2.enabled=true")) {
      jobsAreSubmittedAndPolled(app.over(Version.HTTP_2));
    }
  }

  @Test
  void jobsAreSubmittedAndPolledOverHttp2AndTls(@TempDir Path directory) throws Exception {
    Path keyStore = directory.resolve("own.p12");
    ServerSettingsTest.makeCertificate(keyStore);
    try (var app =
        BootApp.start(
            Handlers.class,
            "server.http2.enabled=true",
            "server.ssl.key-store=" + keyStore.toUri(),
            "server.ssl.key-store-password=changeit")) {
      jobsAreSubmittedAndPolled(app.over(Version.HTTP_2));
    }
  }

  private static void jobsAreSubmittedAndPolled(BootApp app) {
    // In the clear, the first request asks to change over, and Jetty does not let one with a body.
    assertThat(app.get("/").response().version()).isEqualTo(Version.HTTP_2);

    var plain = app.post(CHAT, CHAT_BODY);
    assertThat(plain.response().version()).isEqualTo(Version.HTTP_2);
    assertThat(plain.status()).isEqualTo(200);

    var byPath = app.post("/v1/async/chat/completions", CHAT_BODY);
    assertThat(byPath.response().version()).isEqualTo(Version.HTTP_2);
    assertThat(byPath.status()).isEqualTo(202);
    var result = app.whenDone(byPath.header("Location")).path("result");
    assertThat(result.path("id").asText()).isEqualTo("chatcmpl-1");
    assertThat(result.path("url").asText()).isEqualTo(app.uri(CHAT).toString());

    var byHeader = app.post(CHAT, CHAT_BODY, "x-bf-async", "true");
    assertThat(byHeader.status()).isEqualTo(200);
    var id = byHeader.header("x-bf-async-id");
    var done = app.post(CHAT, CHAT_BODY, "x-bf-async-id", id, "Prefer", "wait=20");
    assertThat(done.response().version()).isEqualTo(Version.HTTP_2);
    assertThat(done.json().path("job").asText()).isEqualTo(id);
  }
}

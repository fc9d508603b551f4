package io.bifrostfilter.spring;

import static io.bifrostfilter.spring.BootApp.CHAT_BODY;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;

/** What an application says of its server holds for jobs as well. */
@DisplayName("Context path, forwarded headers, `server.ssl`, virtual threads (from JDK 21 on)")
class ServerSettingsTest {

  @Test
  void aContextPathIsPartOfEveryPath() {
    try (var app = BootApp.start(Handlers.class, "server.servlet.context-path=/shop")) {
      String location = app.submit("/shop/v1/async/chat/completions", CHAT_BODY);
      assertThat(location).startsWith("/shop/v1/async/chat/completions/");

      var job = app.whenDone(location);

      assertThat(job.path("result").path("url").asText())
          .isEqualTo(app.uri("/shop/v1/chat/completions").toString());
    }
  }

  @Test
  void forwardedHeadersMakeTheSameUrlForAJobAsForTheRequestItself() {
    String[] forwarded = {
      "X-Forwarded-Proto", "https",
      "X-Forwarded-Host", "api.example.com",
      "X-Forwarded-Prefix", "/shop",
      "X-Forwarded-For", "203.0.113.7"
    };
    try (var app = BootApp.start(Handlers.class, "server.forward-headers-strategy=framework")) {
      var plain = app.post("/v1/chat/completions", CHAT_BODY, forwarded).json();
      assertThat(plain.path("url").asText())
          .isEqualTo("https://api.example.com/shop/v1/chat/completions");
      assertThat(plain.path("remote").asText()).isEqualTo("203.0.113.7");

      String location = app.submit("/v1/async/chat/completions", CHAT_BODY, forwarded);
      assertThat(location).startsWith("/shop/v1/async/chat/completions/");

      var result = app.whenDone(location.substring("/shop".length())).path("result");
      assertThat(result.path("url")).isEqualTo(plain.path("url"));
      assertThat(result.path("remote")).isEqualTo(plain.path("remote"));
    }
  }

  @Test
  void aCertificateOfItsOwnMakingDoesForPlayingBack(@TempDir Path directory) throws Exception {
    Path keyStore = directory.resolve("own.p12");
    makeCertificate(keyStore);
    try (var app =
        BootApp.start(
            Handlers.class,
            "server.ssl.key-store=" + keyStore.toUri(),
            "server.ssl.key-store-password=changeit")) {
      var job = app.whenDone(app.submitChat());

      assertThat(job.path("status").asText()).isEqualTo("completed");
      assertThat(job.path("result").path("url").asText()).startsWith("https://");
    }
  }

  @Test
  @EnabledForJreRange(min = JRE.JAVA_21, disabledReason = "virtual threads come with Java 21")
  void handlersOnVirtualThreadsRunJobs() {
    try (var app = BootApp.start(Handlers.class, "spring.threads.virtual.enabled=true")) {
      var job = app.whenDone(app.submitChat());

      assertThat(job.path("result").path("thread").asText()).startsWith("VirtualThread");
    }
  }

  @Test
  void aPropertyOfVirtualThreadsIsHarmlessWhereThereAreNone() {
    try (var app = BootApp.start(Handlers.class, "spring.threads.virtual.enabled=true")) {
      assertThat(app.whenDone(app.submitChat()).path("status").asText()).isEqualTo("completed");
    }
  }

  static void makeCertificate(Path keyStore) throws Exception {
    var keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "own",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-storetype",
                "PKCS12",
                "-storepass",
                "changeit",
                "-keystore",
                keyStore.toString())
            .inheritIO()
            .start();
    assertThat(keytool.waitFor()).isZero();
  }
}

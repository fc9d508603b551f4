package io.bifrostfilter.sample.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Map;
import org.apache.catalina.servlets.DefaultServlet;
import org.apache.catalina.startup.ContextConfig;
import org.apache.catalina.startup.Tomcat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The same web app and web.xml on Tomcat, below a context path. */
@Timeout(60)
class TomcatTest {
  private static final String CHAT =
      "{'model':'bifrost-sample','seed':1,'messages':[{'role':'user','content':'Tea?'}]";

  @Test
  void everyKindOfAnswerWorksOnTomcatBelowAContextPath(@TempDir Path directory) throws Exception {
    try (var sample = tomcat(directory, Map.of())) {
      assertThat(sample.get("/health").body()).isEqualTo("{\"status\":\"ok\"}");
      assertThat(sample.get("/index.html").statusCode()).isEqualTo(200);
      var whole = sample.answer("/v1/chat/completions", CHAT + "}");
      var delayed =
          sample
              .client()
              .send(
                  sample
                      .request("/v1/chat/completions")
                      .header("x-sample-delay-ms", "50")
                      .POST(BodyPublishers.ofString((CHAT + "}").replace('\'', '"')))
                      .build(),
                  BodyHandlers.ofString());
      assertThat(RunningSample.JSON.readTree(delayed.body()).path("choices"))
          .isEqualTo(whole.path("choices"));
      assertThat(sample.post("/v1/chat/completions", CHAT + ",'stream':true}").body())
          .endsWith("data: [DONE]\n\n");
      assertThat(sample.post("/v1/audio/transcriptions", "{}").statusCode()).isEqualTo(400);
      assertThat(sample.get("/v1/nothing").statusCode()).isEqualTo(404);
    }
  }

  @Test
  void theProxyWorksOnTomcatToo(@TempDir Path directory) throws Exception {
    try (var upstream = RunningSample.start();
        var sample = tomcat(directory, Map.of("OPENAI_BASE_URL", upstream.uri("/v1").toString()))) {
      assertThat(sample.get("/v1/models").body()).isEqualTo(upstream.get("/v1/models").body());
      var stream = sample.post("/v1/chat/completions", CHAT + ",'stream':true}");
      assertThat(stream.body()).startsWith("data: {").endsWith("data: [DONE]\n\n");
    }
    try (var sample = tomcat(directory, Map.of("OPENAI_BASE_URL", "http://127.0.0.1:1/v1"))) {
      assertThat(sample.post("/v1/chat/completions", "{}").statusCode()).isEqualTo(502);
    }
  }

  private static RunningSample tomcat(Path directory, Map<String, String> parameters)
      throws Exception {
    var tomcat = new Tomcat();
    tomcat.setBaseDir(directory.toString());
    tomcat.setPort(0);
    var context = tomcat.addContext("/app", RunningSample.WEB_ROOT.toAbsolutePath().toString());
    parameters.forEach(context::addParameter);
    context.setParentClassLoader(TomcatTest.class.getClassLoader());
    var webXml = new ContextConfig();
    webXml.setDefaultWebXml("org/apache/catalina/startup/NO_DEFAULT_XML");
    context.addLifecycleListener(webXml);
    Tomcat.addServlet(context, "default", new DefaultServlet());
    context.addServletMapping("/", "default");
    tomcat.start();
    var uri = URI.create("http://127.0.0.1:" + tomcat.getConnector().getLocalPort() + "/app");
    return new RunningSample(
        () -> {
          tomcat.stop();
          tomcat.destroy();
        },
        uri);
  }
}

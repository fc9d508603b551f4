package io.bifrostfilter.spring;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.annotation.ImportCandidates;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/** A Spring Boot application with our jar beside it, and a client to talk to it. */
final class BootApp implements AutoCloseable {

  static final String CHAT = "/v1/chat/completions";
  static final String CHAT_BODY =
      "{\"model\":\"openai/gpt-4\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}]}";

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final ConfigurableApplicationContext context;
  private final HttpClient client;

  private BootApp(ConfigurableApplicationContext context, HttpClient.Version version) {
    this.context = context;
    this.client = client(version);
  }

  /** The same application, spoken to in this version of HTTP where the server will. */
  BootApp over(HttpClient.Version version) {
    return new BootApp(context, version);
  }

  /** What any application has: auto-configuration, and nothing said of us. */
  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  static class Plain {}

  /** Without Spring Security, which would ask everybody for a password. */
  static BootApp start(Class<?> configuration, String... properties) {
    var all = new ArrayList<>(List.of(properties));
    all.add("spring.autoconfigure.exclude=" + securityAutoConfigurations());
    return startSecured(configuration, all.toArray(String[]::new));
  }

  static BootApp startSecured(Class<?> configuration, String... properties) {
    return new BootApp(run(configuration, properties), HttpClient.Version.HTTP_1_1);
  }

  /** One that runs already. */
  static BootApp of(ConfigurableApplicationContext context) {
    return new BootApp(context, HttpClient.Version.HTTP_1_1);
  }

  static ConfigurableApplicationContext run(Class<?> configuration, String... properties) {
    return run(new SpringApplication(Plain.class, configuration), properties);
  }

  static ConfigurableApplicationContext run(SpringApplication application, String... properties) {
    var arguments = new ArrayList<String>();
    if (Arrays.stream(properties).noneMatch(property -> property.startsWith("server.port="))) {
      arguments.add("--server.port=0");
    }
    arguments.add("--spring.main.banner-mode=off");
    for (String property : properties) {
      arguments.add("--" + property);
    }
    return application.run(arguments.toArray(String[]::new));
  }

  /** Their packages differ between the lines. */
  static String securityAutoConfigurations() {
    var all =
        ImportCandidates.load(AutoConfiguration.class, BootApp.class.getClassLoader())
            .spliterator();
    return StreamSupport.stream(all, false)
        .filter(name -> name.contains(".security."))
        .collect(Collectors.joining(","));
  }

  ConfigurableApplicationContext context() {
    return context;
  }

  int port() {
    return context.getEnvironment().getRequiredProperty("local.server.port", Integer.class);
  }

  URI uri(String path) {
    boolean secure = context.getEnvironment().containsProperty("server.ssl.key-store");
    // Jetty insists on the name that is in the certificate.
    return URI.create((secure ? "https://localhost:" : "http://127.0.0.1:") + port() + path);
  }

  HttpRequest.Builder request(String method, String path, @Nullable String body) {
    var publisher =
        body == null
            ? HttpRequest.BodyPublishers.noBody()
            : HttpRequest.BodyPublishers.ofString(body);
    var request = HttpRequest.newBuilder(uri(path)).timeout(PATIENCE).method(method, publisher);
    return body == null ? request : request.header("Content-Type", "application/json");
  }

  private Reply send(String method, String path, @Nullable String body, String... headers) {
    var request = request(method, path, body);
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      return new Reply(
          client.send(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  Reply post(String path, String body, String... headers) {
    return send("POST", path, body, headers);
  }

  Reply get(String path, String... headers) {
    return send("GET", path, null, headers);
  }

  /** The answer as it arrives. */
  HttpResponse<InputStream> stream(String path, String body) throws Exception {
    return client.send(
        request("POST", path, body).build(), HttpResponse.BodyHandlers.ofInputStream());
  }

  /** Submits to the path surface and returns where to poll. */
  String submit(String path, String body, String... headers) {
    Reply reply = post(path, body, headers);
    if (reply.status() != 202) {
      throw new AssertionError("not accepted: " + reply.status() + " " + reply.text());
    }
    return reply.header("Location");
  }

  String submitChat(String... headers) {
    return submit("/v1/async/chat/completions", CHAT_BODY, headers);
  }

  /** The envelope of a job, once it is done. */
  JsonNode whenDone(String location, String... headers) {
    var withWait = new ArrayList<>(List.of(headers));
    withWait.addAll(List.of("Prefer", "wait=20"));
    Reply reply = get(location, withWait.toArray(String[]::new));
    if (reply.status() != 200) {
      throw new AssertionError("not done: " + reply.status() + " " + reply.text());
    }
    return reply.json();
  }

  @Override
  public void close() {
    context.close();
  }

  /** What came back. */
  record Reply(HttpResponse<String> response) {

    int status() {
      return response.statusCode();
    }

    String text() {
      return response.body();
    }

    JsonNode json() {
      try {
        return MAPPER.readTree(response.body());
      } catch (IOException e) {
        throw new UncheckedIOException(text(), e);
      }
    }

    /** The value of the first field of that name, or "". */
    String header(String name) {
      return response.headers().firstValue(name).orElse("");
    }
  }

  /** Believes every certificate: the one of the test is its own issuer. */
  private static HttpClient client(HttpClient.Version version) {
    try {
      var tls = SSLContext.getInstance("TLS");
      tls.init(null, new TrustManager[] {new BelieveAll()}, null);
      return HttpClient.newBuilder()
          .version(version)
          .sslContext(tls)
          .connectTimeout(PATIENCE)
          .build();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static final class BelieveAll extends X509ExtendedTrustManager {

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, java.net.Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, java.net.Socket socket) {}

    @Override
    public void checkClientTrusted(
        X509Certificate[] chain, String type, javax.net.ssl.SSLEngine engine) {}

    @Override
    public void checkServerTrusted(
        X509Certificate[] chain, String type, javax.net.ssl.SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}

package io.bifrostfilter;

import static io.bifrostfilter.WebhookFixture.ADMIN;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.bifrostfilter.delivery.Endpoint;
import io.bifrostfilter.delivery.EndpointSettings;
import io.bifrostfilter.store.WebhookStore;
import io.bifrostfilter.store.memory.MemoryJobStore;
import io.bifrostfilter.testing.Container;
import io.bifrostfilter.testing.Handler;
import io.bifrostfilter.testing.TestApp;
import io.bifrostfilter.testing.TestApp.Reply;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * URLs that would have this server call what only it can reach: refused when an endpoint is made,
 * and again when something is to be delivered there.
 */
@Timeout(60)
class WebhookHostileUrlTest {

  /** Whatever an endpoint allows. */
  private static final List<String> NEVER =
      List.of(
          "file:///etc/passwd",
          "gopher://hooks.example/_x",
          "ftp://hooks.example/",
          "jar:https://hooks.example/a.jar!/",
          "data:text/plain,x",
          "javascript:alert(1)",
          "//hooks.example/",
          "/hooks",
          "hooks.example",
          "https:hooks.example",
          "https://",
          "https:///hooks",
          "https://user@hooks.example/",
          "https://user:password@hooks.example/",
          "https://hooks.example@127.0.0.1/",
          "https://hooks.example/#fragment",
          "https://hooks.example:0/",
          "https://hooks.example:65536/",
          "https://2130706433/",
          "https://017700000001/",
          "https://0x7f000001/",
          "https://0x7f.0.0.1/",
          "https://0177.0.0.1/",
          "https://127.1/",
          "https://127.0.1/",
          "https://127.0.0.01/",
          "https://127.0.0.1./",
          "https://256.0.0.1/",
          "https://0/",
          "https://0x/",
          "https://[fe80::1%25eth0]/",
          "https://ｌocalhost/",
          "https://169.254.169.254/latest/meta-data/",
          "https://[fd00:ec2::254]/latest/meta-data/",
          "https://[::ffff:169.254.169.254]/",
          "https://[::ffff:a9fe:a9fe]/",
          "https://[::a9fe:a9fe]/",
          "https://[64:ff9b::a9fe:a9fe]/",
          "https://[64:ff9b:1::a9fe:a9fe]/",
          "https://[2002:a9fe:a9fe::]/",
          "https://169.254.170.2/",
          "https://100.100.100.200/",
          "https://168.63.129.16/",
          "https://metadata.example/",
          "https://no-such-host.example/");

  /** Unless an endpoint allows private networks. */
  private static final List<String> NOT_PUBLIC =
      List.of(
          "http://hooks.example/",
          "http://127.0.0.1/",
          "https://127.0.0.1/",
          "https://127.255.255.254/",
          "https://0.0.0.0/",
          "https://0.1.2.3/",
          "https://10.0.0.1/",
          "https://10.255.255.255/",
          "https://100.64.0.1/",
          "https://100.127.255.255/",
          "https://169.254.1.1/",
          "https://172.16.0.1/",
          "https://172.31.255.255/",
          "https://192.0.0.8/",
          "https://192.0.2.1/",
          "https://192.88.99.1/",
          "https://192.168.1.1/",
          "https://198.18.0.1/",
          "https://198.51.100.1/",
          "https://203.0.113.1/",
          "https://224.0.0.1/",
          "https://239.255.255.250/",
          "https://240.0.0.1/",
          "https://255.255.255.255/",
          "https://[::]/",
          "https://[::1]/",
          "https://[0:0:0:0:0:0:0:1]/",
          "https://[::ffff:127.0.0.1]/",
          "https://[::ffff:7f00:1]/",
          "https://[::127.0.0.1]/",
          "https://[64:ff9b::7f00:1]/",
          "https://[64:ff9b::10.0.0.1]/",
          "https://[64:ff9b:1::1]/",
          "https://[100::1]/",
          "https://[2001::1]/",
          "https://[2001:db8::1]/",
          "https://[2002:7f00:1::]/",
          "https://[2002:a00:1::]/",
          "https://[3fff::1]/",
          "https://[5f00::1]/",
          "https://[fc00::1]/",
          "https://[fd12:3456::1]/",
          "https://[fe80::1]/",
          "https://[fec0::1]/",
          "https://[ff02::1]/",
          "https://localhost/",
          "https://localhost./",
          "https://LOCALHOST/",
          "https://inside.example/",
          "https://one-of-two.example/");

  private static final List<String> PUBLIC =
      List.of(
          "https://192.0.43.8/",
          "https://172.15.255.255/",
          "https://172.32.0.1/",
          "https://100.63.255.255/",
          "https://100.128.0.1/",
          "https://[2606:4700::1111]/",
          "https://[64:ff9b::8.8.8.8]/",
          "https://hooks.example:8443/a?b=c",
          "HTTPS://hooks.example");

  private static List<InetAddress> resolve(String host) throws UnknownHostException {
    return switch (host) {
      case "hooks.example" -> List.of(InetAddress.getByName("192.0.43.8"));
      case "inside.example" -> List.of(InetAddress.getByName("10.1.2.3"));
      case "one-of-two.example" ->
          List.of(InetAddress.getByName("192.0.43.8"), InetAddress.getByName("10.1.2.3"));
      case "metadata.example" -> List.of(InetAddress.getByName("169.254.169.254"));
      case "localhost", "localhost.", "LOCALHOST" -> List.of(InetAddress.getLoopbackAddress());
      default -> throw new UnknownHostException(host);
    };
  }

  @Test
  void hostileUrlsAreRefusedWhenAnEndpointIsMade() {
    var store = new MemoryJobStore(Clock.systemUTC(), 1 << 20);
    try (TestApp app = app(store)) {
      assertThat(NEVER.size() + NOT_PUBLIC.size()).isGreaterThan(60);
      NEVER.forEach(url -> assertRefused(app, url, true));
      NEVER.forEach(url -> assertRefused(app, url, false));
      NOT_PUBLIC.forEach(url -> assertRefused(app, url, false));
      assertThat(store.webhooks().orElseThrow().endpoints()).isEmpty();
      PUBLIC.forEach(url -> assertThat(create(app, url, false).status()).as(url).isEqualTo(201));
    }
  }

  @Test
  void hostileUrlsAreRefusedWhenAnEndpointIsReplaced() {
    var store = new MemoryJobStore(Clock.systemUTC(), 1 << 20);
    try (TestApp app = app(store)) {
      JsonNode made = create(app, "https://hooks.example/", false).json().path("endpoint");
      for (String url : Stream.concat(NEVER.stream(), NOT_PUBLIC.stream()).toList()) {
        String next = ((ObjectNode) made.deepCopy()).put("url", url).toString();
        Reply reply = app.send("PUT", "/api/webhooks/" + made.path("id").asText(), next, ADMIN);
        assertThat(reply.status()).as(url).isEqualTo(400);
        assertThat(reply.json().path("error").path("param").asText()).as(url).isEqualTo("url");
      }
      assertThat(store.webhooks().orElseThrow().endpoints().get(0).settings().url())
          .hasToString("https://hooks.example/");
    }
  }

  @Test
  void hostileUrlsAreRefusedWhenSomethingIsToBeDelivered() {
    var store = new MemoryJobStore(Clock.systemUTC(), 1 << 20);
    try (TestApp app = app(store)) {
      var endpoints = new ArrayList<Endpoint>();
      for (String url : Stream.concat(NEVER.stream(), NOT_PUBLIC.stream()).toList()) {
        uri(url).ifPresent(each -> endpoints.add(slippedIn(store, each)));
      }
      assertThat(endpoints).hasSizeGreaterThan(60);

      endpoints.forEach(each -> app.submitChat("x-bf-async-webhook", each.name()));

      for (Endpoint each : endpoints) {
        JsonNode attempt = firstAttempt(app, each);
        assertThat(attempt.has("status_code")).as(each.settings().url().toString()).isFalse();
        boolean unknown = "no-such-host.example".equals(each.settings().url().getHost());
        assertThat(attempt.path("outcome").asText())
            .as(each.settings().url().toString())
            .isEqualTo(unknown ? "retryable_failure" : "permanent_failure");
        assertThat(attempt.path("error").asText())
            .contains(unknown ? "cannot be found" : "may not be called");
      }
    }
  }

  @Test
  void whatIsRefusedForBeingPrivateIsFineWhereThatIsAllowed() {
    var store = new MemoryJobStore(Clock.systemUTC(), 1 << 20);
    try (TestApp app = app(store)) {
      NOT_PUBLIC.forEach(url -> assertThat(create(app, url, true).status()).as(url).isEqualTo(201));
    }
  }

  private static TestApp app(MemoryJobStore store) {
    return TestApp.on(Container.JETTY)
        .config(config -> config.webhooksAdminToken(WebhookFixture.TOKEN))
        .jobs(jobs -> jobs.store(store).resolver(WebhookHostileUrlTest::resolve))
        .start(Handler.answeringJson("{}"));
  }

  private static Reply create(TestApp app, String url, boolean allowPrivateNetwork) {
    ObjectNode endpoint = WebhookFixture.object();
    endpoint.put("name", "e-" + UUID.randomUUID()).put("url", url);
    endpoint.put("allow_private_network", allowPrivateNetwork);
    endpoint.putArray("events").add("async_job.completed");
    return app.post("/api/webhooks", endpoint.toString(), ADMIN);
  }

  private static void assertRefused(TestApp app, String url, boolean allowPrivateNetwork) {
    Reply reply = create(app, url, allowPrivateNetwork);
    assertThat(reply.status()).as(url).isEqualTo(400);
    assertThat(reply.json().path("error").path("param").asText()).as(url).isEqualTo("url");
    assertThat(reply.json().path("error").path("code").asText()).isEqualTo("invalid_webhook");
  }

  private static Optional<URI> uri(String text) {
    try {
      return Optional.of(new URI(text));
    } catch (URISyntaxException e) {
      return Optional.empty();
    }
  }

  /** As if somebody had written to the store, or the rules had been others once. */
  private static Endpoint slippedIn(MemoryJobStore store, URI url) {
    WebhookStore webhooks = store.webhooks().orElseThrow();
    Endpoint endpoint =
        Endpoint.create(
            UUID.randomUUID(),
            false,
            "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
            EndpointSettings.builder("e-" + UUID.randomUUID(), url).build(),
            Clock.systemUTC().instant());
    assertThat(webhooks.add(endpoint)).isTrue();
    return endpoint;
  }

  private static JsonNode firstAttempt(TestApp app, Endpoint endpoint) {
    while (true) {
      JsonNode page = app.get("/api/webhooks/" + endpoint.id() + "/deliveries", ADMIN).json();
      if (!page.path("deliveries").isEmpty()) {
        return page.path("deliveries").get(0);
      }
    }
  }
}

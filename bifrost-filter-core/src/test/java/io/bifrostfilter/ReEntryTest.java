package io.bifrostfilter;

import static io.bifrostfilter.testing.TestApp.CHAT;
import static io.bifrostfilter.testing.TestApp.CHAT_BODY;
import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.testing.Container;
import io.bifrostfilter.testing.Handler;
import io.bifrostfilter.testing.TestApp;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Who may pass as a playback. */
@ParameterizedClass
@EnumSource(Container.class)
class ReEntryTest {

  private static final String MARKER = "x-bf-async-playback";

  /** Tells whether the request came as a playback, and from where. */
  private static final Handler SAYS_WHO =
      (request, response) -> {
        response.setContentType("application/json");
        response
            .getWriter()
            .print(
                "{\"job\":\""
                    + request.getAttribute(AsyncJobFilter.JOB_ID_ATTRIBUTE)
                    + "\",\"marker\":"
                    + (request.getHeader(MARKER) != null)
                    + "}");
      };

  private final Container container;
  private final AtomicReference<String> marker = new AtomicReference<>("");

  /** A filter before ours is the only one that can see a genuine marker. */
  private final Filter spy =
      (request, response, chain) -> {
        String seen = ((HttpServletRequest) request).getHeader(MARKER);
        if (seen != null) {
          marker.compareAndSet("", seen);
        }
        chain.doFilter(request, response);
      };

  ReEntryTest(Container container) {
    this.container = container;
  }

  private static void assertWorthNothing(TestApp app, String forged) {
    var plain = app.post(CHAT, CHAT_BODY, MARKER, forged);
    assertThat(plain.text()).isEqualTo("{\"job\":\"null\",\"marker\":false}");
    // It does not get past us, either.
    var submit = app.post(CHAT, CHAT_BODY, MARKER, forged, "x-bf-async", "true");
    assertThat(submit.header("x-bf-async-id")).isNotEmpty();
  }

  @Test
  void aForgedMarkerIsStrippedAndIgnored() {
    try (var app = TestApp.on(container).filterBefore(spy).start(SAYS_WHO)) {
      app.whenChatDone(app.submitChat());
      String genuine = marker.get();
      assertThat(genuine).isNotEmpty();

      for (String forged :
          new String[] {
            "",
            "x",
            ".",
            "a.b",
            "~~~~~.~~~",
            genuine + "x",
            "x" + genuine,
            genuine.substring(0, genuine.length() - 2),
            genuine.replace('.', ',')
          }) {
        assertWorthNothing(app, forged);
      }
    }
  }

  @Test
  void aMarkerIsWorthSomethingOnce() {
    try (var app = TestApp.on(container).filterBefore(spy).start(SAYS_WHO)) {
      app.whenChatDone(app.submitChat());

      assertWorthNothing(app, marker.get());
    }
  }

  @Test
  void onAnotherMethodAMarkerMeansNothing() {
    var stolen = new CountDownLatch(1);
    // Kept from its playback, so that it is still worth something.
    Filter thief =
        (request, response, chain) -> {
          spy.doFilter(request, response, (req, res) -> {});
          var http = (HttpServletRequest) request;
          if (http.getMethod().equals("POST") && http.getHeader(MARKER) != null) {
            stolen.countDown();
          } else {
            chain.doFilter(request, response);
          }
        };
    try (var app = TestApp.on(container).filterBefore(thief).start(SAYS_WHO)) {
      app.submitChat();
      awaitQuietly(stolen);

      assertThat(app.get(CHAT, MARKER, marker.get()).json().path("job").asText()).isEqualTo("null");
    }
  }

  @Test
  void aMarkerOfAnotherPathOrAnotherProcessIsWorthNothing() {
    var latch = new CountDownLatch(1);
    var stolen = new CountDownLatch(1);
    // Stolen before it was used: the thief is faster than we are.
    Filter thief =
        (request, response, chain) -> {
          spy.doFilter(request, response, (req, res) -> {});
          if (((HttpServletRequest) request).getHeader(MARKER) != null && latch.getCount() > 0) {
            stolen.countDown();
            awaitQuietly(latch);
          }
          chain.doFilter(request, response);
        };
    try (var app = TestApp.on(container).filterBefore(thief).start(SAYS_WHO);
        var other = TestApp.on(container).start(SAYS_WHO)) {
      String id = app.submitChat();
      awaitQuietly(stolen);
      assertWorthNothing(other, marker.get());
      latch.countDown();
      assertThat(app.whenChatDone(id).json().at("/result/job").asText()).isEqualTo(id);
    }
  }

  @Test
  void aMarkerExpires() {
    var clock = new MovableClock(Instant.now());
    Filter slow =
        (request, response, chain) -> {
          if (((HttpServletRequest) request).getHeader(MARKER) != null) {
            clock.advance(Duration.ofMinutes(1));
          }
          chain.doFilter(request, response);
        };
    try (var app =
        TestApp.on(container)
            .jobs(jobs -> jobs.clock(clock))
            .config(config -> config.lease(Duration.ofDays(1)))
            .filterBefore(slow)
            .start(SAYS_WHO)) {
      assertThat(app.whenChatDone(app.submitChat()).json().at("/result/job").asText())
          .isEqualTo("null");
    }
  }

  @Test
  void noClientCanSetTheAttribute() {
    try (var app = TestApp.on(container).start(SAYS_WHO)) {
      assertThat(app.post(CHAT, CHAT_BODY, "bifrost.async.job-id", "x").json().path("job").asText())
          .isEqualTo("null");
    }
  }

  @Test
  void aHandlerThatCallsTheAppItselfGetsANormalNewJob() {
    var self = new AtomicReference<URI>();
    Handler handler =
        (request, response) -> {
          response.setContentType("application/json");
          if (request.getRequestURI().equals(CHAT)) {
            var inner =
                HttpRequest.newBuilder(self.get().resolve("/v1/inner"))
                    .header("x-bf-async", "true")
                    .POST(HttpRequest.BodyPublishers.ofString("{}"))
                    .build();
            try {
              var answer =
                  HttpClient.newHttpClient().send(inner, HttpResponse.BodyHandlers.ofString());
              response
                  .getWriter()
                  .print("\"" + answer.headers().firstValue("x-bf-async-id").orElse("none") + "\"");
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
          } else {
            SAYS_WHO.handle(request, response);
          }
        };
    try (var app = TestApp.on(container).start(handler)) {
      self.set(app.uri("/"));
      String outer = app.submitChat();
      String inner = app.whenChatDone(outer).json().path("result").asText();

      assertThat(inner).hasSize(36).isNotEqualTo(outer);
      assertThat(
              app.post("/v1/inner", "", "x-bf-async-id", inner, "Prefer", "wait=20")
                  .json()
                  .path("job")
                  .asText())
          .isEqualTo(inner);
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}

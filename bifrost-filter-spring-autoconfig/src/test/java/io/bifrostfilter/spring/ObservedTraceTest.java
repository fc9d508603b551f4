package io.bifrostfilter.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** One trace from the client's span to the handler's, however much later that runs. */
@DisplayName("Micrometer Tracing, with OpenTelemetry")
class ObservedTraceTest {

  private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String CALLER = "00f067aa0ba902b7";
  private static final String TRACEPARENT = "00-" + TRACE + "-" + CALLER + "-01";
  private static final String ALL = "management.tracing.sampling.probability=1.0";

  @Test
  void thePlaybackContinuesTheTraceOfItsSubmit() throws Exception {
    try (var app = BootApp.start(Traced.class, ALL)) {
      var traced = app.context().getBean(Traced.class);
      app.submit(
          "/v1/async/completions",
          "{\"model\":\"m\",\"prompt\":\"p\"}",
          "traceparent",
          TRACEPARENT);

      // The submit's, the message's and the playback's.
      List<SpanData> spans = traced.ended(3);
      SpanData message = only(spans, SpanKind.PRODUCER, null);
      SpanData submit = spanWithId(spans, message.getParentSpanId());
      SpanData playback = only(spans, SpanKind.SERVER, message.getSpanId());
      assertThat(spans).extracting(SpanData::getTraceId).containsOnly(TRACE);
      assertThat(submit.getKind()).isEqualTo(SpanKind.SERVER);
      assertThat(submit.getParentSpanId()).isEqualTo(CALLER);
      assertThat(playback.getParentSpanId()).isEqualTo(message.getSpanId());
      Map<String, String> seen = traced.headers.poll(20, TimeUnit.SECONDS);
      assertThat(seen)
          .containsEntry("traceparent", "00-" + TRACE + "-" + message.getSpanId() + "-01");
    }
  }

  @Test
  void aSubmitWithoutATraceBeginsOneThatItsPlaybackContinues() throws Exception {
    try (var app = BootApp.start(Traced.class, ALL)) {
      var traced = app.context().getBean(Traced.class);
      app.submit("/v1/async/completions", "{\"model\":\"m\",\"prompt\":\"p\"}");

      assertThat(traced.ended(3))
          .extracting(SpanData::getTraceId)
          .hasSize(3)
          .containsOnly(traced.headers.poll(20, TimeUnit.SECONDS).get("traceparent").split("-")[1]);
    }
  }

  @Test
  void whatACallerSentInAnotherFormatDoesNotContradictIt() throws Exception {
    try (var app = BootApp.start(Traced.class, ALL)) {
      var traced = app.context().getBean(Traced.class);
      app.submit(
          "/v1/async/completions",
          "{\"model\":\"m\",\"prompt\":\"p\"}",
          "b3",
          TRACE + "-" + CALLER + "-1",
          "X-B3-TraceId",
          "00000000000000000000000000000001");

      Map<String, String> seen = traced.headers.poll(20, TimeUnit.SECONDS);
      assertThat(seen.get("traceparent")).contains(TRACE);
      assertThat(seen).doesNotContainKeys("b3", "x-b3-traceid");
    }
  }

  @Test
  void withoutTracingTheCallersOwnGoesOn() throws Exception {
    try (var app =
        BootApp.start(
            Traced.class,
            "management.tracing.enabled=false",
            "management.tracing.export.enabled=false",
            "management.observations.enable.bifrost=false")) {
      var traced = app.context().getBean(Traced.class);
      app.submit(
          "/v1/async/completions",
          "{\"model\":\"m\",\"prompt\":\"p\"}",
          "traceparent",
          TRACEPARENT);

      assertThat(traced.headers.poll(20, TimeUnit.SECONDS))
          .containsEntry("traceparent", TRACEPARENT);
    }
  }

  private static SpanData only(List<SpanData> spans, SpanKind kind, String parent) {
    var found =
        spans.stream()
            .filter(span -> span.getKind() == kind)
            .filter(span -> parent == null || span.getParentSpanId().equals(parent))
            .toList();
    assertThat(found).as(kind + " of " + spans).hasSize(1);
    return found.get(0);
  }

  private static SpanData spanWithId(List<SpanData> spans, String id) {
    return spans.stream().filter(span -> span.getSpanId().equals(id)).findFirst().orElseThrow();
  }

  /** An application that is traced, and remembers what its handler saw. */
  @Configuration(proxyBeanMethods = false)
  @Import(Traced.Handler.class)
  static class Traced {

    final BlockingQueue<SpanData> ended = new LinkedBlockingQueue<>();
    final BlockingQueue<Map<String, String>> headers = new LinkedBlockingQueue<>();

    @Bean
    SpanProcessor remembering() {
      return new SpanProcessor() {
        @Override
        public void onStart(Context parentContext, ReadWriteSpan span) {}

        @Override
        public boolean isStartRequired() {
          return false;
        }

        @Override
        public void onEnd(ReadableSpan span) {
          ended.add(span.toSpanData());
        }

        @Override
        public boolean isEndRequired() {
          return true;
        }
      };
    }

    List<SpanData> ended(int count) throws InterruptedException {
      var spans = new ArrayList<SpanData>();
      while (spans.size() < count) {
        SpanData span = ended.poll(20, TimeUnit.SECONDS);
        assertThat(span).as("after " + spans).isNotNull();
        spans.add(span);
      }
      return spans;
    }

    @RestController
    static class Handler {

      private final Traced traced;

      Handler(Traced traced) {
        this.traced = traced;
      }

      @PostMapping("/v1/completions")
      String complete(HttpServletRequest request) {
        traced.headers.add(
            Collections.list(request.getHeaderNames()).stream()
                .collect(
                    Collectors.toMap(
                        name -> name.toLowerCase(Locale.ROOT),
                        name -> String.join(",", Collections.list(request.getHeaders(name))))));
        return "{}";
      }
    }
  }
}

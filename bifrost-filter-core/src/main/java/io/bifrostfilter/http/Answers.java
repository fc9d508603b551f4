package io.bifrostfilter.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.JobStatus;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.job.RecordedResponse;
import io.bifrostfilter.job.RequestType;
import io.bifrostfilter.recording.JsonText;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Writes every answer of this API; the one place that turns exceptions into JSON. For many threads.
 */
final class Answers {

  private static final String JSON = "application/json";
  private static final int RETRY_AFTER_OVERLOAD_SECONDS = 5;
  private static final int MAX_RETRY_AFTER_SECONDS = 30;

  /** The answer's own, not the job's: who sent it, when, to which browser, and how long it is. */
  private static final Set<String> NOT_REPEATED =
      Set.of(
          "cache-control",
          "content-length",
          "date",
          "server",
          "set-cookie",
          "set-cookie2",
          WireHeaders.SHOULD_RETRY);

  private static final String PREFERENCE_APPLIED =
      WireHeaders.PREFERENCE_APPLIED.toLowerCase(Locale.ROOT);

  private final WireSettings settings;
  private final Clock clock;

  Answers(WireSettings settings, Clock clock) {
    this.settings = settings;
    this.clock = clock;
  }

  /** A job was made, or found that the same submit had made. */
  void submitted(Surface surface, Job job, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    if (isNative(surface)) {
      writeNativeJob(job, response);
      return;
    }
    common(job, response);
    response.setStatus(HttpServletResponse.SC_ACCEPTED);
    response.setHeader(WireHeaders.LOCATION, location(job, request));
    if (!job.isDone()) {
      response.setHeader(WireHeaders.RETRY_AFTER, retryAfter(job));
    }
    writeEnvelope(job, response);
  }

  /** A job as it stands. */
  void found(Surface surface, Job job, HttpServletResponse response) throws IOException {
    boolean recorded = surface != Surface.PATH && settings.headerAnswers() == HeaderAnswers.NATIVE;
    if (recorded && job.isDone()) {
      writeRecorded(job, job.result().orElseThrow(), response);
    } else if (isNative(surface)) {
      writeNativeJob(job, response);
    } else {
      common(job, response);
      response.setStatus(
          job.isDone() ? HttpServletResponse.SC_OK : HttpServletResponse.SC_ACCEPTED);
      if (!job.isDone()) {
        response.setHeader(WireHeaders.RETRY_AFTER, retryAfter(job));
      }
      writeEnvelope(job, response);
    }
  }

  /** A job as it stands after it was to be cancelled. */
  void cancelled(Job job, HttpServletResponse response) throws IOException {
    common(job, response);
    response.setStatus(HttpServletResponse.SC_OK);
    writeEnvelope(job, response);
  }

  void deleted(HttpServletRequest request, HttpServletResponse response) {
    noStore(response);
    response.setHeader(WireHeaders.REQUEST_ID, RequestIds.of(request));
    response.setStatus(HttpServletResponse.SC_NO_CONTENT);
  }

  /**
   * @param route that was asked for, if it is known
   */
  void refused(
      ApiError error,
      Optional<String> route,
      HttpServletRequest request,
      HttpServletResponse response)
      throws IOException {
    noStore(response);
    response.setStatus(error.statusCode());
    response.setHeader(WireHeaders.REQUEST_ID, RequestIds.of(request));
    if (error.isTemporary()) {
      response.setHeader(WireHeaders.RETRY_AFTER, Integer.toString(RETRY_AFTER_OVERLOAD_SECONDS));
    }
    if (error.isOfContentEncoding()) {
      // What would have been taken (RFC 9110 15.5.16).
      response.setHeader(WireHeaders.ACCEPT_ENCODING, "identity");
    }
    if (error.endsConnection() && request.getProtocol().startsWith("HTTP/1")) {
      response.setHeader("Connection", "close");
    }
    writeJson(response, (json, out) -> ErrorBody.of(error, route).writeTo(json));
  }

  /** What stands between the braces of an answer. */
  @FunctionalInterface
  interface Fields {

    void writeTo(JsonGenerator json) throws IOException;
  }

  /** A JSON object, under the status that the answer has. */
  static void object(HttpServletResponse response, Fields fields) throws IOException {
    noStore(response);
    writeJson(
        response,
        (json, out) -> {
          json.writeStartObject();
          fields.writeTo(json);
          json.writeEndObject();
        });
  }

  /** Whether submits are answered with 200 and an object of the route's type. */
  boolean isNative(Surface surface) {
    return surface == Surface.HEADER && settings.headerAnswers() == HeaderAnswers.NATIVE;
  }

  private void writeNativeJob(Job job, HttpServletResponse response) throws IOException {
    common(job, response);
    response.setStatus(HttpServletResponse.SC_OK);
    if (!job.isDone()) {
      response.setHeader(WireHeaders.RETRY_AFTER, retryAfter(job));
    }
    Optional<RequestType> type = RequestType.ofRoute(job.route()).filter(JobBody::hasNativeForm);
    if (type.isPresent()) {
      writeJson(response, (json, out) -> JobBody.writeNative(job, type.get(), json));
    } else {
      writeEnvelope(job, response);
    }
  }

  /** What the handler answered, as if it answered now; or the error that stands for its silence. */
  private void writeRecorded(Job job, Outcome outcome, HttpServletResponse response)
      throws IOException {
    response.setStatus(outcome.statusCode());
    if (outcome instanceof Outcome.Answered answered) {
      RecordedResponse recorded = answered.response();
      repeatHeaders(recorded, response);
      // Ours last: what the handler said of a retry, say, was meant for its own caller.
      common(job, response);
      response.setContentLength(recorded.body().size());
      recorded.body().writeTo(response.getOutputStream());
    } else {
      common(job, response);
      writeJson(response, (json, out) -> ErrorBody.of(job, outcome).writeTo(json));
    }
  }

  private static void repeatHeaders(RecordedResponse recorded, HttpServletResponse response) {
    // What this answer honours stands beside what the handler did.
    var seen = new HashSet<String>(Set.of(PREFERENCE_APPLIED));
    recorded
        .headers()
        .forEach(
            (name, value) -> {
              String lowerCase = name.toLowerCase(Locale.ROOT);
              if (NOT_REPEATED.contains(lowerCase)) {
                return;
              }
              // A filter of the application's, for CORS say, has added its own to this answer as it
              // had to that one.
              if (seen.add(lowerCase)) {
                response.setHeader(name, value);
              } else {
                response.addHeader(name, value);
              }
            });
  }

  private static void common(Job job, HttpServletResponse response) {
    noStore(response);
    response.setHeader(WireHeaders.REQUEST_ID, job.requestId());
    response.setHeader(WireHeaders.ASYNC_ID, job.id().toString());
    response.setHeader(WireHeaders.ASYNC_STATUS, job.status().wireName());
    if (job.status() == JobStatus.FAILED) {
      // The official SDKs obey it: a job that has failed will not do better when it is polled
      // again.
      response.setHeader(WireHeaders.SHOULD_RETRY, "false");
    }
  }

  private static void noStore(HttpServletResponse response) {
    response.setHeader(WireHeaders.CACHE_CONTROL, "no-store");
  }

  private String location(Job job, HttpServletRequest request) {
    return request.getContextPath() + JobPages.path(settings.pathPrefix(), job.route(), job.id());
  }

  /** The longer a job has taken, the longer it may still take. */
  private String retryAfter(Job job) {
    long age = Duration.between(job.createdAt(), clock.instant()).toSeconds();
    return Long.toString(Math.max(1, Math.min(MAX_RETRY_AFTER_SECONDS, age / 5)));
  }

  private static void writeEnvelope(Job job, HttpServletResponse response) throws IOException {
    writeJson(response, (json, out) -> JobBody.writeEnvelope(job, json, out));
  }

  private interface Body {

    void writeTo(JsonGenerator json, OutputStream out) throws IOException;
  }

  private static void writeJson(HttpServletResponse response, Body body) throws IOException {
    response.setContentType(JSON);
    OutputStream out = response.getOutputStream();
    try (JsonGenerator json = JsonText.FACTORY.createGenerator(out)) {
      body.writeTo(json, out);
    }
  }
}

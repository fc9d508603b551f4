package io.bifrostfilter.http;

import io.bifrostfilter.job.Bytes;
import io.bifrostfilter.job.RequestType;
import io.bifrostfilter.recording.BodyRecorder;
import io.bifrostfilter.recording.ByteBudget;
import io.bifrostfilter.recording.JsonText;
import io.bifrostfilter.submission.Submission;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads a submit and checks it, so that whatever is wrong with it is said before there is a job.
 * For many threads; reads on the caller's, for as long as the caller takes to send.
 */
final class SubmitReader {

  private final WireSettings settings;
  private final OwnerResolver owners;
  private final WebhookApi webhooks;
  private final RequestRecorder requests;
  private final ByteBudget budget;

  /**
   * @param budget for the bodies that are being read at once
   */
  SubmitReader(
      WireSettings settings,
      OwnerResolver owners,
      WebhookApi webhooks,
      RequestRecorder requests,
      ByteBudget budget) {
    this.settings = settings;
    this.owners = owners;
    this.webhooks = webhooks;
    this.requests = requests;
    this.budget = budget;
  }

  /** Where the body goes. To be closed once the job is in the store. */
  BodyRecorder recorder(HttpServletRequest request) {
    return new BodyRecorder(settings.maxRequestSize(), request.getContentLengthLong(), budget);
  }

  /**
   * @throws ApiError if the request cannot become a job
   */
  Submission read(HttpServletRequest request, Call.Submit call, BodyRecorder recorder) {
    Optional<UUID> webhook =
        Optional.ofNullable(request.getHeader(WireHeaders.WEBHOOK)).map(webhooks::named);
    refuseDoubleSlash(request);
    Bytes body = body(request, recorder);
    RequestFacts facts = checked(request, call, body);
    String requestId = RequestIds.of(request);
    return new Submission(
        requestId,
        call.route(),
        facts.model(),
        owners.resolve(request),
        resultTtl(request.getHeader(WireHeaders.RESULT_TTL)),
        Optional.ofNullable(request.getHeader(WireHeaders.IDEMPOTENCY_KEY))
            .filter(key -> !key.isBlank()),
        webhook,
        facts::substance,
        requests.record(request, call, requestId, body, facts.fallbacks()));
  }

  /** An HTTP client takes what follows for a host, and must not be led elsewhere. */
  private static void refuseDoubleSlash(HttpServletRequest request) {
    if (Connections.rawPathAndQuery(request).startsWith("//")) {
      throw ApiError.of(
          400,
          "invalid_path",
          "The path begins with two slashes; an asynchronous job needs one that begins with one.");
    }
  }

  private Bytes body(HttpServletRequest request, BodyRecorder recorder) {
    long announced = request.getContentLengthLong();
    if (announced > settings.maxRequestSize()) {
      // Before the stream is asked for, which would answer an Expect: 100-continue with a yes.
      throw tooLarge();
    }
    BodyRecorder.Verdict verdict;
    try {
      verdict = recorder.readFully(request.getInputStream());
    } catch (IOException e) {
      throw incomplete();
    }
    if (verdict == BodyRecorder.Verdict.OVER_LIMIT) {
      throw tooLarge();
    }
    if (verdict == BodyRecorder.Verdict.OVER_BUDGET) {
      throw ApiError.of(
          503, "overloaded", "Too many large requests are arriving at once. Try again shortly.");
    }
    // Not every container says so when a connection ends within a body.
    if (announced >= 0 && recorder.size() < announced) {
      throw incomplete();
    }
    return recorder.bytes();
  }

  private ApiError tooLarge() {
    return ApiError.of(
        413,
        "request_too_large",
        "The request body is longer than the "
            + settings.maxRequestSize()
            + " bytes that an asynchronous job may have. Send less, or have max-request-size"
            + " raised.");
  }

  private static ApiError incomplete() {
    return ApiError.of(
        400,
        ApiError.INCOMPLETE_BODY,
        "The request body ended early, or was not sent as its headers said; no job was made. Send"
            + " it again, whole.");
  }

  private static RequestFacts checked(HttpServletRequest request, Call.Submit call, Bytes body) {
    Optional<RequestType> type = RequestType.ofRoute(call.route());
    boolean onPath = call.surface() == Surface.PATH;
    RequestFacts facts = facts(request, type, onPath, body);
    try {
      // A route of the application's own may mean anything by these names; but what streams,
      // streams everywhere.
      RouteRules.requireNoStream(facts, type.orElse(RequestType.CHAT_COMPLETION));
      if (onPath) {
        type.ifPresent(known -> RouteRules.requireFields(facts, known));
      }
    } catch (ApiError e) {
      throw e.about(facts.model());
    }
    return facts;
  }

  private static RequestFacts facts(
      HttpServletRequest request, Optional<RequestType> type, boolean onPath, Bytes body) {
    // As a header: what looks into it for a charset refuses those that it does not know.
    String contentType =
        Optional.ofNullable(request.getHeader(WireHeaders.CONTENT_TYPE)).orElse("");
    boolean multipartRoute = type.filter(RouteRules::isMultipart).isPresent();
    if (isEncoded(request)) {
      // Only the handler can read it. That is no way to ask for a checked route.
      if (onPath && type.isPresent()) {
        throw ApiError.of(
            415,
            ApiError.UNSUPPORTED_CONTENT_ENCODING,
            "The request body has a Content-Encoding, so it cannot be checked. Send it without"
                + " one.",
            WireHeaders.CONTENT_ENCODING);
      }
      return RequestFacts.opaque(body);
    }
    if (MultipartRequest.isMultipart(contentType)) {
      Optional<RequestFacts> form = MultipartRequest.read(contentType, body);
      if (form.isPresent()) {
        return form.get();
      }
    }
    if (multipartRoute && onPath) {
      throw ApiError.of(
          400,
          "invalid_multipart",
          MultipartRequest.isMultipart(contentType)
              ? "The request body is not well-formed multipart/form-data. It needs the boundary"
                  + " that its Content-Type names, a name for each part, and the closing"
                  + " boundary."
              : type.get().route()
                  + " needs a body of multipart/form-data, but "
                  + (contentType.isEmpty()
                      ? "there is no Content-Type."
                      : "its Content-Type is \"" + Printable.excerpt(contentType) + "\"."),
          "Content-Type");
    }
    // The known routes take nothing but JSON, whatever a client forgot to call it.
    boolean json = JsonText.isJsonType(contentType) || (type.isPresent() && !multipartRoute);
    return json ? JsonRequest.read(body) : RequestFacts.opaque(body);
  }

  private static boolean isEncoded(HttpServletRequest request) {
    String encoding = request.getHeader(WireHeaders.CONTENT_ENCODING);
    return encoding != null
        && !encoding.isBlank()
        && !encoding.strip().equalsIgnoreCase("identity");
  }

  /**
   * Seconds; what is no whole number above 0 is the default, and what is above the maximum is the
   * maximum.
   */
  private Duration resultTtl(@Nullable String value) {
    if (value == null || value.isEmpty() || !value.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return settings.defaultResultTtl();
    }
    String digits = value.replaceFirst("^0+", "");
    if (digits.isEmpty()) {
      return settings.defaultResultTtl();
    }
    long max = settings.maxResultTtl().toSeconds();
    long seconds = digits.length() > 15 ? max : Math.min(max, Long.parseLong(digits));
    return Duration.ofSeconds(seconds);
  }
}

package io.bifrostfilter.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.job.RequestType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.UUID;

/**
 * The error object of the contract's section 6. A field that is not known is left out.
 *
 * @param own whether it is this API's error, rather than the handler's
 * @param route the path that was asked for, as far as it is known
 */
record ErrorBody(
    UUID eventId,
    int statusCode,
    boolean own,
    Optional<String> type,
    Optional<String> code,
    String message,
    Optional<String> param,
    Optional<String> model,
    Optional<String> route) {

  /** A request is refused. */
  static ErrorBody of(ApiError error, Optional<String> route) {
    return new ErrorBody(
        UUID.randomUUID(),
        error.statusCode(),
        true,
        Optional.of(typeOf(error.statusCode())),
        Optional.of(error.code()),
        error.message(),
        error.param(),
        error.model(),
        route);
  }

  /** A job has failed. It tells the same each time it is asked, event id included. */
  static ErrorBody of(Job job, Outcome outcome) {
    var eventId = UUID.nameUUIDFromBytes(("event of " + job.id()).getBytes(StandardCharsets.UTF_8));
    Optional<String> model = Optional.ofNullable(job.model());
    Optional<String> route = Optional.of(job.route());
    if (outcome instanceof Outcome.Unanswered unanswered) {
      return new ErrorBody(
          eventId,
          outcome.statusCode(),
          true,
          Optional.of(typeOf(outcome.statusCode())),
          Optional.of(unanswered.failure().wireName()),
          unanswered.message(),
          Optional.empty(),
          model,
          route);
    }
    HandlerError error = HandlerError.of(((Outcome.Answered) outcome).response());
    return new ErrorBody(
        eventId,
        outcome.statusCode(),
        false,
        Optional.of(error.type().orElseGet(() -> typeOf(outcome.statusCode()))),
        error.code(),
        error.message(),
        error.param(),
        model,
        route);
  }

  void writeTo(JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("event_id", eventId.toString());
    writeOptional(json, "type", type);
    json.writeBooleanField("is_bifrost_error", own);
    json.writeNumberField("status_code", statusCode);
    json.writeObjectFieldStart("error");
    writeOptional(json, "type", type);
    writeOptional(json, "code", code);
    json.writeStringField("message", message);
    writeOptional(json, "param", param);
    json.writeStringField("event_id", eventId.toString());
    json.writeEndObject();
    json.writeObjectFieldStart("extra_fields");
    writeOptional(json, "provider", model.flatMap(ErrorBody::provider));
    writeOptional(json, "model_requested", model);
    writeOptional(
        json, "request_type", route.flatMap(RequestType::ofRoute).map(RequestType::wireName));
    json.writeEndObject();
    json.writeEndObject();
  }

  /** OpenAI's names for kinds of errors. */
  private static String typeOf(int statusCode) {
    if (statusCode >= 500 || statusCode < 400) {
      return "server_error";
    }
    return switch (statusCode) {
      case 401 -> "authentication_error";
      case 403 -> "permission_error";
      case 429 -> "rate_limit_error";
      case 499 -> "request_cancelled";
      default -> "invalid_request_error";
    };
  }

  private static Optional<String> provider(String model) {
    int slash = model.indexOf('/');
    return slash > 0 ? Optional.of(model.substring(0, slash)) : Optional.empty();
  }

  private static void writeOptional(JsonGenerator json, String name, Optional<String> value)
      throws IOException {
    if (value.isPresent()) {
      json.writeStringField(name, value.get());
    }
  }
}

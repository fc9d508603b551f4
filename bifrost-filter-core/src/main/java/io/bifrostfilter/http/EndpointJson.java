package io.bifrostfilter.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.bifrostfilter.delivery.Attempt;
import io.bifrostfilter.delivery.Endpoint;
import io.bifrostfilter.delivery.EndpointHealth;
import io.bifrostfilter.delivery.EndpointSettings;
import io.bifrostfilter.delivery.Event;
import io.bifrostfilter.delivery.UnreadableEndpoint;
import io.bifrostfilter.job.Rfc3339;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes endpoints and attempts as an administrator sees them (contract, section 7). */
final class EndpointJson {

  private EndpointJson() {}

  /** All of an endpoint but its secret and the values of its headers. */
  static void writeFields(Endpoint endpoint, JsonGenerator json) throws IOException {
    EndpointSettings settings = endpoint.settings();
    json.writeStringField("id", endpoint.id().toString());
    json.writeStringField("name", settings.name());
    json.writeStringField("url", settings.url().toString());
    json.writeArrayFieldStart("events");
    for (Event event : settings.events()) {
      json.writeString(event.wireName());
    }
    json.writeEndArray();
    json.writeObjectFieldStart("headers");
    for (String name : headerNames(settings)) {
      json.writeObjectFieldStart(name);
      json.writeStringField("value", EndpointForm.REDACTED);
      json.writeEndObject();
    }
    json.writeEndObject();
    json.writeBooleanField("include_response", settings.includeResponse());
    json.writeBooleanField("allow_private_network", settings.allowPrivateNetwork());
    json.writeBooleanField("disabled", settings.disabled());
    if (endpoint.declared()) {
      json.writeBooleanField("declared", true);
    }
    json.writeNumberField("max_retries", settings.maxRetries());
    json.writeNumberField(
        "retry_backoff_initial_seconds", settings.retryBackoffInitial().toSeconds());
    json.writeNumberField("retry_backoff_max_seconds", settings.retryBackoffMax().toSeconds());
    json.writeNumberField("attempt_timeout_seconds", settings.attemptTimeout().toSeconds());
    json.writeNumberField("max_response_payload_kbs", settings.maxResponsePayloadKbs());
    json.writeNumberField("max_concurrent_deliveries", settings.maxConcurrentDeliveries());
    write(endpoint.health(), json);
    writeTime("created_at", endpoint.createdAt(), json);
    writeTime("updated_at", endpoint.updatedAt(), json);
  }

  /** All that is known of an endpoint that cannot be read. */
  static void writeFields(UnreadableEndpoint endpoint, JsonGenerator json) throws IOException {
    json.writeStringField("id", endpoint.id().toString());
    json.writeStringField("name", endpoint.name());
    json.writeBooleanField("unreadable", true);
    write(endpoint.health(), json);
  }

  private static void write(EndpointHealth health, JsonGenerator json) throws IOException {
    json.writeNumberField("consecutive_failures", health.consecutiveFailures());
    writeTime("last_success_at", health.lastSuccessAt(), json);
    writeTime("last_failure_at", health.lastFailureAt(), json);
  }

  static void write(Attempt attempt, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("id", attempt.id().toString());
    json.writeStringField("webhook_id", attempt.webhookId());
    json.writeStringField("endpoint_id", attempt.endpointId().toString());
    json.writeStringField("async_job_id", attempt.jobId().toString());
    json.writeStringField("request_id", attempt.requestId());
    json.writeStringField("event", attempt.event().wireName());
    json.writeNumberField("attempt_no", attempt.attemptNo());
    json.writeStringField("outcome", attempt.outcome().wireName());
    if (attempt.statusCode() != null) {
      json.writeNumberField("status_code", attempt.statusCode());
    }
    if (attempt.error() != null) {
      json.writeStringField("error", attempt.error());
    }
    writeTime("created_at", attempt.createdAt(), json);
    json.writeEndObject();
  }

  private static List<String> headerNames(EndpointSettings settings) {
    var names = new ArrayList<String>();
    settings.headers().forEach((name, value) -> names.add(name));
    return names;
  }

  private static void writeTime(String field, @Nullable Instant time, JsonGenerator json)
      throws IOException {
    if (time != null) {
      json.writeStringField(field, Rfc3339.text(time));
    }
  }
}

package io.bifrostfilter.http;

import com.fasterxml.jackson.core.Base64Variants;
import com.fasterxml.jackson.core.JsonGenerator;
import io.bifrostfilter.job.Bytes;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.job.RecordedResponse;
import io.bifrostfilter.job.RequestType;
import io.bifrostfilter.job.Rfc3339;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Locale;

/**
 * Writes a job as JSON: as the envelope (contract, section 3), or as an object of its route's type
 * (section 4).
 */
final class JobBody {

  private JobBody() {}

  /**
   * @param out where {@code json} writes to; a result that is JSON is copied there as it is
   */
  static void writeEnvelope(Job job, JsonGenerator json, OutputStream out) throws IOException {
    json.writeStartObject();
    json.writeStringField("id", job.id().toString());
    json.writeStringField("request_id", job.requestId());
    json.writeStringField("status", job.status().wireName());
    json.writeStringField("created_at", Rfc3339.text(job.createdAt()));
    if (job.outcome() != null) {
      writeEnd(job, job.outcome(), json);
      writeOutcome(job, job.outcome(), json, out);
    }
    json.writeEndObject();
  }

  /** The job itself, looking like what it will become. */
  static void writeNative(Job job, RequestType type, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("id", job.id().toString());
    boolean isResponse = type == RequestType.RESPONSES;
    switch (type) {
      case CHAT_COMPLETION -> writeEmpty(json, "chat.completion", "choices");
      case TEXT_COMPLETION -> writeEmpty(json, "text_completion", "choices");
      case EMBEDDING -> writeEmpty(json, "list", "data");
      case RESPONSES -> writeEmpty(json, "response", "output");
      default -> throw new IllegalArgumentException(type + " has no type of its own");
    }
    if (job.model() != null) {
      json.writeStringField("model", job.model());
    }
    json.writeStringField("request_id", job.requestId());
    json.writeStringField("status", job.status().wireName());
    if (isResponse) {
      json.writeNumberField("created_at", job.createdAt().getEpochSecond());
      writeRequiredOfResponse(json);
    } else {
      json.writeNumberField("created", job.createdAt().getEpochSecond());
      json.writeStringField("created_at", Rfc3339.text(job.createdAt()));
    }
    if (type == RequestType.EMBEDDING) {
      writeNoUsage(json);
    }
    if (job.outcome() != null) {
      writeEnd(job, job.outcome(), json);
    }
    json.writeEndObject();
  }

  /** What OpenAI's reference requires, and typed clients therefore count on. */
  private static void writeRequiredOfResponse(JsonGenerator json) throws IOException {
    json.writeBooleanField("parallel_tool_calls", true);
    json.writeStringField("tool_choice", "auto");
    json.writeArrayFieldStart("tools");
    json.writeEndArray();
  }

  /** The same, of embeddings. */
  private static void writeNoUsage(JsonGenerator json) throws IOException {
    json.writeObjectFieldStart("usage");
    json.writeNumberField("prompt_tokens", 0);
    json.writeNumberField("total_tokens", 0);
    json.writeEndObject();
  }

  /** Whether the route's answers have a type that a job can look like. */
  static boolean hasNativeForm(RequestType type) {
    return switch (type) {
      case CHAT_COMPLETION, TEXT_COMPLETION, EMBEDDING, RESPONSES -> true;
      default -> false;
    };
  }

  private static void writeEmpty(JsonGenerator json, String object, String list)
      throws IOException {
    json.writeStringField("object", object);
    json.writeArrayFieldStart(list);
    json.writeEndArray();
  }

  private static void writeEnd(Job job, Outcome outcome, JsonGenerator json) throws IOException {
    json.writeStringField("completed_at", Rfc3339.text(job.whenCompleted()));
    json.writeStringField("expires_at", Rfc3339.text(job.whenExpires()));
    json.writeNumberField("status_code", outcome.statusCode());
  }

  private static void writeOutcome(Job job, Outcome outcome, JsonGenerator json, OutputStream out)
      throws IOException {
    if (!outcome.isSuccess()) {
      json.writeFieldName("error");
      ErrorBody.of(job, outcome).writeTo(json);
      return;
    }
    RecordedResponse response = ((Outcome.Answered) outcome).response();
    if (response.body().isEmpty()) {
      return;
    }
    json.writeFieldName("result");
    if (response.json()) {
      splice(response.body(), json, out);
    } else {
      writeBinary(response, json);
    }
  }

  /** Puts bytes in the place of a value: no number is rounded, no key reordered. */
  private static void splice(Bytes value, JsonGenerator json, OutputStream out) throws IOException {
    json.writeRawValue("");
    json.flush();
    value.writeTo(out);
  }

  private static void writeBinary(RecordedResponse response, JsonGenerator json)
      throws IOException {
    String contentType =
        response.headers().first(WireHeaders.CONTENT_TYPE).orElse("application/octet-stream");
    json.writeStartObject();
    json.writeStringField("content_type", contentType);
    // Asked for none, a handler may still have compressed it; who reads the data must know.
    List<String> codings = response.headers().all(WireHeaders.CONTENT_ENCODING);
    if (!codings.isEmpty()) {
      json.writeStringField("content_encoding", String.join(", ", codings));
    }
    json.writeStringField("encoding", "base64");
    json.writeFieldName("data");
    writeBase64(response.body(), json);
    if (contentType.toLowerCase(Locale.ROOT).startsWith("audio/")) {
      json.writeFieldName("audio");
      writeBase64(response.body(), json);
    }
    json.writeEndObject();
  }

  private static void writeBase64(Bytes body, JsonGenerator json) throws IOException {
    json.writeBinary(Base64Variants.MIME_NO_LINEFEEDS, body.asStream(), body.size());
  }
}

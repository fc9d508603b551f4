package io.bifrostfilter.webhook;

import com.fasterxml.jackson.core.JsonGenerator;
import io.bifrostfilter.delivery.Delivery;
import io.bifrostfilter.delivery.EndpointSettings;
import io.bifrostfilter.delivery.Event;
import io.bifrostfilter.job.Bytes;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.Outcome;
import io.bifrostfilter.job.RequestType;
import io.bifrostfilter.job.Rfc3339;
import io.bifrostfilter.recording.JsonText;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;

/** Writes what a receiver is told (contract, section 7). For many threads. */
final class Notice {

  private static final int KB = 1024;

  private final JobDocuments documents;

  Notice(JobDocuments documents) {
    this.documents = documents;
  }

  /**
   * @param job as it stands now; empty if it is gone
   */
  Bytes write(Delivery delivery, Optional<Job> job, EndpointSettings endpoint) {
    var out = new ByteArrayOutputStream(KB);
    try (JsonGenerator json = JsonText.FACTORY.createGenerator(out)) {
      json.writeStartObject();
      json.writeStringField("event", delivery.event().wireName());
      json.writeStringField("created_at", Rfc3339.text(delivery.completedAt()));
      json.writeObjectFieldStart("data");
      json.writeStringField("job_id", delivery.jobId().toString());
      json.writeStringField("request_id", delivery.requestId());
      Optional<RequestType> type = RequestType.ofRoute(delivery.route());
      if (type.isPresent()) {
        json.writeStringField("request_type", type.get().wireName());
      }
      json.writeStringField("status", delivery.status().wireName());
      json.writeNumberField("status_code", delivery.statusCode());
      if (job.isEmpty()) {
        json.writeBooleanField("result_expired", true);
      } else {
        json.writeStringField(
            "result_url", documents.resultUrl(delivery.route(), delivery.jobId()));
        json.writeStringField("result_expires_at", Rfc3339.text(delivery.resultExpiresAt()));
        if (endpoint.includeResponse()) {
          writeResponse(delivery, job.get(), endpoint, json, out);
        }
      }
      json.writeEndObject();
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Bytes.wrap(out.toByteArray());
  }

  private void writeResponse(
      Delivery delivery,
      Job job,
      EndpointSettings endpoint,
      JsonGenerator json,
      ByteArrayOutputStream out)
      throws IOException {
    String field = delivery.event() == Event.FAILED ? "error" : "response";
    long max = (long) endpoint.maxResponsePayloadKbs() * KB;
    // Whatever is too long as it is need not be written to find out.
    Bytes document = bodySize(job) > max ? null : document(delivery, job);
    if (document == null || document.size() > max) {
      json.writeBooleanField(field + "_omitted", true);
      return;
    }
    json.writeFieldName(field);
    json.writeRawValue("");
    json.flush();
    document.writeTo(out);
  }

  private Bytes document(Delivery delivery, Job job) {
    return delivery.event() == Event.FAILED ? documents.error(job) : documents.envelope(job);
  }

  private static long bodySize(Job job) {
    return job.outcome() instanceof Outcome.Answered answered && answered.isSuccess()
        ? answered.response().body().size()
        : 0;
  }
}

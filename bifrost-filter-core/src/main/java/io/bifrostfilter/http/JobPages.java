package io.bifrostfilter.http;

import com.fasterxml.jackson.core.JsonGenerator;
import io.bifrostfilter.job.Bytes;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.recording.JsonText;
import io.bifrostfilter.webhook.JobDocuments;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.UUID;

/** Shows jobs to those who are told of them as polls show them. For many threads. */
public final class JobPages implements JobDocuments {

  private final String pathPrefix;
  private volatile String contextPath = "";

  /**
   * @param pathPrefix where the path surface begins
   */
  public JobPages(String pathPrefix) {
    this.pathPrefix = pathPrefix;
  }

  /** What stands before every path of this application; empty until it is known. */
  public void contextPath(String path) {
    contextPath = path;
  }

  @Override
  public String resultUrl(String route, UUID jobId) {
    return contextPath + path(pathPrefix, route, jobId);
  }

  /** Where a job is polled, below the context path; a route that begins with a slash is a path. */
  static String path(String pathPrefix, String route, UUID jobId) {
    String below = route.startsWith("/") ? route : "/" + route;
    return pathPrefix + below + (below.endsWith("/") ? "" : "/") + jobId;
  }

  @Override
  public Bytes envelope(Job job) {
    return written((json, out) -> JobBody.writeEnvelope(job, json, out));
  }

  @Override
  public Bytes error(Job job) {
    return written((json, out) -> ErrorBody.of(job, job.result().orElseThrow()).writeTo(json));
  }

  private interface Writer {

    void writeTo(JsonGenerator json, OutputStream out) throws IOException;
  }

  private static Bytes written(Writer writer) {
    var out = new ByteArrayOutputStream();
    try (JsonGenerator json = JsonText.FACTORY.createGenerator(out)) {
      writer.writeTo(json, out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Bytes.wrap(out.toByteArray());
  }
}

package io.bifrostfilter.spring.observability;

import io.bifrostfilter.AsyncJobs;
import io.bifrostfilter.job.JobSummary;
import io.bifrostfilter.store.JobCounts;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.boot.actuate.endpoint.annotation.Endpoint;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;

/**
 * How many jobs there are, and what the newest are about. Never whose they are, nor a header, a
 * prompt or a result. For many threads.
 */
@Endpoint(id = "asyncjobs")
public final class AsyncJobsEndpoint {

  private static final int NEWEST = 50;

  private final AsyncJobs jobs;

  AsyncJobsEndpoint(AsyncJobs jobs) {
    this.jobs = jobs;
  }

  /**
   * The counts by status, and up to 50 jobs, the newest first, with the names of the wire.
   *
   * @throws io.bifrostfilter.store.JobStoreException if the store cannot be reached
   */
  @ReadOperation
  public Map<String, Object> asyncJobs() {
    JobCounts counts = jobs.counts();
    var byStatus = new LinkedHashMap<String, Object>();
    byStatus.put("pending", counts.waiting());
    byStatus.put("processing", counts.running());
    byStatus.put("completed", counts.completed());
    byStatus.put("failed", counts.failed());
    List<Map<String, Object>> newest =
        jobs.newest(NEWEST).stream().map(AsyncJobsEndpoint::described).toList();
    var all = new LinkedHashMap<String, Object>();
    all.put("counts", byStatus);
    if (counts.bytes() != JobCounts.UNKNOWN) {
      all.put("stored_bytes", counts.bytes());
    }
    all.put("newest", newest);
    return all;
  }

  /** What is not known is absent, as on the wire. */
  private static Map<String, Object> described(JobSummary job) {
    var fields = new LinkedHashMap<String, Object>();
    fields.put("id", job.id().toString());
    fields.put("route", job.route());
    if (job.model() != null) {
      fields.put("model", job.model());
    }
    fields.put("status", job.status().wireName());
    // As text: how an instant is written differs between the applications' JSON settings.
    fields.put("created_at", job.createdAt().toString());
    fields.put("attempts", job.attempts());
    if (job.statusCode() != null) {
      fields.put("status_code", job.statusCode());
    }
    return fields;
  }
}

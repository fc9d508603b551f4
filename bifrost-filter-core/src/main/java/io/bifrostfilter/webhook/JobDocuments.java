package io.bifrostfilter.webhook;

import io.bifrostfilter.job.Bytes;
import io.bifrostfilter.job.Job;
import java.util.UUID;

/** How jobs are shown to those who poll, and therefore to those who are told. For many threads. */
public interface JobDocuments {

  /** The path to poll for a job's result at. */
  String resultUrl(String route, UUID jobId);

  /** The envelope of a job that is done, as JSON (contract, section 3). */
  Bytes envelope(Job job);

  /** The error of a job that failed, as JSON (section 6). */
  Bytes error(Job job);
}

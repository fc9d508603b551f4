package io.bifrostfilter.store;

import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.Lease;
import io.bifrostfilter.job.RecordedRequest;

/** A job that a worker may run, until the lease lapses. */
public record ClaimedJob(Job job, RecordedRequest request, Lease lease) {}

package io.bifrostfilter.store;

/**
 * What a store holds, at some recent instant.
 *
 * @param waiting pending jobs
 * @param running jobs under a lease
 * @param stored all jobs, those that are done included
 * @param bytes of requests and results; 0 if the store does not know
 */
public record JobCounts(long waiting, long running, long stored, long bytes) {}

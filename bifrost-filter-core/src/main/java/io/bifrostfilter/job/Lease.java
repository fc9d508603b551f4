package io.bifrostfilter.job;

import java.util.UUID;

/**
 * The right to record a job's outcome.
 *
 * @param token differs for every claim of a job, so that a worker that was thought dead cannot
 *     speak for it any more (a fencing token)
 */
public record Lease(UUID jobId, long token) {}

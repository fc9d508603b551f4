package io.bifrostfilter.worker;

import java.time.Duration;

/**
 * How a node works.
 *
 * @param maxConcurrency jobs that run at once, at least 1
 * @param lease how long a job stays this node's without a sign of life
 * @param maxAttempts how often a job is claimed before it is given up
 * @param drainTimeout how long a stop waits for running jobs; may be zero
 */
public record WorkerSettings(
    int maxConcurrency, Duration lease, int maxAttempts, Duration drainTimeout) {}

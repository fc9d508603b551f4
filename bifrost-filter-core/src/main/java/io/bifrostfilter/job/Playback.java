package io.bifrostfilter.job;

import java.util.UUID;

/**
 * A request that this library itself makes to the application, on behalf of a caller that may be
 * long gone.
 */
public record Playback(UUID jobId, Caller caller) {}

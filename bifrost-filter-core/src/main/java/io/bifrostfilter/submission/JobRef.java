package io.bifrostfilter.submission;

import java.util.Optional;
import java.util.UUID;

/**
 * A job as a caller refers to it. It leads to the job only if the route is the job's, and the
 * caller its owner.
 *
 * @param caller the identity of whoever asks, in the clear
 */
public record JobRef(UUID id, String route, Optional<String> caller) {}

/**
 * The filter, its configuration, and {@link io.bifrostfilter.AsyncJobs}, which builds, starts and
 * stops what stands behind it.
 */
@NullMarked
package io.bifrostfilter;

import org.jspecify.annotations.NullMarked;

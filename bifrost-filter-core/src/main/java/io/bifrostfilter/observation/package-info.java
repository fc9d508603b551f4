/** What others may hear of jobs, and add to them: the hooks for metrics and tracing. */
@NullMarked
package io.bifrostfilter.observation;

import org.jspecify.annotations.NullMarked;

/** Durable queues: ours, and what one would pick instead. */
@NullMarked
package io.bifrostfilter.benchmarks.queues;

import org.jspecify.annotations.NullMarked;

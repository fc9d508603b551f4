/** Requests from a process of their own. */
@NullMarked
package io.bifrostfilter.benchmarks.load;

import org.jspecify.annotations.NullMarked;

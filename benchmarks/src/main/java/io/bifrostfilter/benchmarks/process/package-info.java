/** Virtual machines of their own, and a line each way to talk to them. */
@NullMarked
package io.bifrostfilter.benchmarks.process;

import org.jspecify.annotations.NullMarked;

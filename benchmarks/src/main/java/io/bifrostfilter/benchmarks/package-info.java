/** Measures the library beside what one would pick instead; see benchmarks/README.md. */
@NullMarked
package io.bifrostfilter.benchmarks;

import org.jspecify.annotations.NullMarked;

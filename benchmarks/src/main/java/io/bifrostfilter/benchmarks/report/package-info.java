/** Figures, and the tables they are printed in. */
@NullMarked
package io.bifrostfilter.benchmarks.report;

import org.jspecify.annotations.NullMarked;

/** The stores on their own, without a server before them. */
@NullMarked
package io.bifrostfilter.benchmarks.store;

import org.jspecify.annotations.NullMarked;

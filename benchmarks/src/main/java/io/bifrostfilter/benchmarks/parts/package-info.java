/** What is measured, one class for each part. */
@NullMarked
package io.bifrostfilter.benchmarks.parts;

import org.jspecify.annotations.NullMarked;

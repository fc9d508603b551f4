/**
 * Jobs as immutable values, and the transitions that are legal between them. Does no I/O and
 * depends on nothing.
 */
@NullMarked
package io.bifrostfilter.job;

import org.jspecify.annotations.NullMarked;

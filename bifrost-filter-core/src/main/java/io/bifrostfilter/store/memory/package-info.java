/** The store that keeps jobs on the heap of one process. */
@NullMarked
package io.bifrostfilter.store.memory;

import org.jspecify.annotations.NullMarked;

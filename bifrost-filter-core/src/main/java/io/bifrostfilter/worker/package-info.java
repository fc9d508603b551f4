/** Taking jobs from the store, running them, and keeping the queue healthy. */
@NullMarked
package io.bifrostfilter.worker;

import org.jspecify.annotations.NullMarked;

/** Threads that have a name, an owner and an end. */
@NullMarked
package io.bifrostfilter.threads;

import org.jspecify.annotations.NullMarked;

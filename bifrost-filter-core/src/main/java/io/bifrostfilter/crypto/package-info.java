/** The keys that nodes share, and what is sealed and recognized with them. */
@NullMarked
package io.bifrostfilter.crypto;

import org.jspecify.annotations.NullMarked;

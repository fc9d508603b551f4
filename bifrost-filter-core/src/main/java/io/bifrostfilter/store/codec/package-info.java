/** How requests and outcomes are written down for a store that keeps bytes. */
@NullMarked
package io.bifrostfilter.store.codec;

import org.jspecify.annotations.NullMarked;

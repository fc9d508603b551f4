/** Webhook endpoints and what is delivered to them, as immutable values; no I/O. */
@NullMarked
package io.bifrostfilter.delivery;

import org.jspecify.annotations.NullMarked;

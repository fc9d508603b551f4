/** How bytes that arrive are kept: up to a limit, within a budget, and known to be JSON or not. */
@NullMarked
package io.bifrostfilter.recording;

import org.jspecify.annotations.NullMarked;

/** Playing a recorded request back to the application, and recording what it answers. */
@NullMarked
package io.bifrostfilter.dispatch;

import org.jspecify.annotations.NullMarked;

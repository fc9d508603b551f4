/** The wire: recognizing calls, reading and checking submits, writing answers and errors. */
@NullMarked
package io.bifrostfilter.http;

import org.jspecify.annotations.NullMarked;

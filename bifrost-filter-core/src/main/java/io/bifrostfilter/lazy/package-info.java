/** What an application's start does not wait for. */
@NullMarked
package io.bifrostfilter.lazy;

import org.jspecify.annotations.NullMarked;

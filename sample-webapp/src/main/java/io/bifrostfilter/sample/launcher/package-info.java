@NullMarked
package io.bifrostfilter.sample.launcher;

import org.jspecify.annotations.NullMarked;

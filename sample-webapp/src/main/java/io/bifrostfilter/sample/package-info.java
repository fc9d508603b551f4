@NullMarked
package io.bifrostfilter.sample;

import org.jspecify.annotations.NullMarked;

@NullMarked
package io.bifrostfilter.sample.engine;

import org.jspecify.annotations.NullMarked;

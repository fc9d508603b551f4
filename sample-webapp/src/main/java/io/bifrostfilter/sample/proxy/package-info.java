@NullMarked
package io.bifrostfilter.sample.proxy;

import org.jspecify.annotations.NullMarked;

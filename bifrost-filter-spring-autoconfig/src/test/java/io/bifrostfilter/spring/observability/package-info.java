/** What an application shows of its jobs, part by part. */
@NullMarked
package io.bifrostfilter.spring.observability;

import org.jspecify.annotations.NullMarked;

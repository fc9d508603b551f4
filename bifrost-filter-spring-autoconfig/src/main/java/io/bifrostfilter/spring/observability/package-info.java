/**
 * Meters, tracing, health and an endpoint, each only where the application has what it needs. Names
 * nothing that moved between the lines of Spring Boot, but in classes that are for one line alone.
 */
@NullMarked
package io.bifrostfilter.spring.observability;

import org.jspecify.annotations.NullMarked;

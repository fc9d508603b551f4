/** The filter as a bean of a Spring Boot application, of either line. */
@NullMarked
package io.bifrostfilter.spring;

import org.jspecify.annotations.NullMarked;

/** Real Spring Boot applications on free ports, and clients that speak HTTP to them. */
@NullMarked
package io.bifrostfilter.spring;

import org.jspecify.annotations.NullMarked;

/**
 * Real servers on free ports, clients that speak HTTP to them, and handlers that do as they are
 * told.
 */
@NullMarked
package io.bifrostfilter.testing;

import org.jspecify.annotations.NullMarked;

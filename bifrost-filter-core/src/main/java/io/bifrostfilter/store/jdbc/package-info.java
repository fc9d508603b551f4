/** The store that keeps jobs in a relational database, for one node or many. */
@NullMarked
package io.bifrostfilter.store.jdbc;

import org.jspecify.annotations.NullMarked;

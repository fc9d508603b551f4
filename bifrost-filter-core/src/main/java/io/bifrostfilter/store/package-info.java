/** {@link io.bifrostfilter.store.JobStore}, the seam behind which jobs are kept and queued. */
@NullMarked
package io.bifrostfilter.store;

import org.jspecify.annotations.NullMarked;

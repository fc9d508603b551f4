package io.bifrostfilter.store.jdbc;

import io.bifrostfilter.job.Job;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A job that is to be written.
 *
 * @param tag as in {@link JobRow}
 * @param sealed its request
 * @param lease null if it is to wait; else it is written as claimed, by this node, for that long
 */
record JobRecord(Job job, String tag, Sealed sealed, @Nullable Duration lease) {}

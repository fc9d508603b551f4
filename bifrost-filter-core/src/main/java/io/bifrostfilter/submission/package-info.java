/** What a caller can do with jobs, in sentences: submit, find, await, cancel, delete. */
@NullMarked
package io.bifrostfilter.submission;

import org.jspecify.annotations.NullMarked;

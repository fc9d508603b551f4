package io.bifrostfilter.store;

/**
 * How many jobs may wait before more are refused. Jobs that run or are done do not count.
 *
 * @param waiting of all callers together, at least 1
 * @param waitingPerCaller of one caller; those without a credential count as one; at least 1
 */
public record Limits(int waiting, int waitingPerCaller) {}

/**
 * Keeps jobs in Redis or Valkey, for nodes that share one queue; {@link
 * io.bifrostfilter.redis.RedisJobStore} is where to begin.
 */
@NullMarked
package io.bifrostfilter.redis;

import org.jspecify.annotations.NullMarked;

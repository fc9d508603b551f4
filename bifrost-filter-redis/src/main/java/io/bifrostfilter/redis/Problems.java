package io.bifrostfilter.redis;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.RedisCommandTimeoutException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** What a server's errors mean; it says so in text only, and each version a little differently. */
final class Problems {

  private Problems() {}

  /** It has no memory for more. */
  static boolean isFull(@Nullable Throwable problem) {
    for (Throwable each = problem; each != null; each = each.getCause()) {
      if (says(each, "OOM command not allowed")) {
        return true;
      }
    }
    return false;
  }

  /** It did not answer in time, as the store or its client sees it. */
  static boolean isTimeout(Throwable problem) {
    return problem instanceof TimeoutException || problem instanceof RedisCommandTimeoutException;
  }

  /** It was the master, and is a replica now. */
  static boolean isDemoted(Throwable problem) {
    return says(problem, "READONLY");
  }

  /** What to tell of it. */
  static String message(Throwable problem) {
    if (says(problem, "MOVED ")) {
      return "this Redis is a Cluster: add ?cluster=true to its URI, or name several of its nodes";
    }
    if (isTimeout(problem)) {
      return "Redis did not answer in time";
    }
    if (problem instanceof RedisCommandExecutionException) {
      return "Redis refused a command";
    }
    return "Redis cannot be reached";
  }

  private static boolean says(Throwable problem, String words) {
    return problem.getMessage() != null && problem.getMessage().contains(words);
  }
}

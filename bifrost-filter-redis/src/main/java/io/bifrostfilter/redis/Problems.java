package io.bifrostfilter.redis;

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

  /** It was the master, and is a replica now. */
  static boolean isDemoted(Throwable problem) {
    return says(problem, "READONLY");
  }

  /** What to tell of it. */
  static String message(Throwable problem) {
    if (says(problem, "MOVED ")) {
      return "this Redis is a Cluster: add ?cluster=true to its URI, or name several of its nodes";
    }
    if (problem instanceof java.util.concurrent.TimeoutException) {
      return "Redis did not answer in time";
    }
    return "Redis cannot be reached, or refuses";
  }

  private static boolean says(Throwable problem, String words) {
    return problem.getMessage() != null && problem.getMessage().contains(words);
  }
}

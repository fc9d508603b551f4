package io.bifrostfilter.http;

/** How a caller asked, which decides how the answers look (contract, section 1). */
enum Surface {
  /** {@code x-bf-async} or {@code x-bf-async-id} on the route itself. */
  HEADER,
  /** {@code Prefer: respond-async} on the route itself. */
  PREFER,
  /** A path below the prefix. */
  PATH
}

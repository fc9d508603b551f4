/** Webhooks: endpoints, signing, safe delivery and retries. */
@NullMarked
package io.bifrostfilter.webhook;

import org.jspecify.annotations.NullMarked;

/** The HTTP client that playbacks and webhooks are sent with. */
@NullMarked
package io.bifrostfilter.client;

import org.jspecify.annotations.NullMarked;

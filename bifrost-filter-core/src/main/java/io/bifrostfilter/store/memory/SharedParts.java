package io.bifrostfilter.store.memory;

import io.bifrostfilter.job.Caller;
import io.bifrostfilter.job.Origin;
import io.bifrostfilter.job.RecordedRequest;

/**
 * Has requests keep one object of what they have in common: they come in at the same address, and
 * from few kinds of clients, which send the same headers. That is a third of what a small request
 * takes beside its body.
 *
 * <p>For many threads.
 */
final class SharedParts {

  /** In characters. What is longer is hardly ever repeated, and may be a credential. */
  private static final int MAX_LENGTH = 32;

  private final Representatives<String> texts = new Representatives<>();
  private final Representatives<Origin> origins = new Representatives<>();

  /** An equal request. */
  RecordedRequest in(RecordedRequest request) {
    Caller caller = request.caller();
    return new RecordedRequest(
        text(request.method()),
        text(request.pathAndQuery()),
        request.headers().with(this::text),
        request.body(),
        new Caller(text(caller.address()), text(caller.host()), caller.port()),
        origins.of(request.origin()),
        request.fallbacks());
  }

  private String text(String text) {
    return text.length() > MAX_LENGTH ? text : texts.of(text);
  }
}

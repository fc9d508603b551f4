package io.bifrostfilter.store.memory;

import io.bifrostfilter.job.Caller;
import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.Origin;
import io.bifrostfilter.job.RecordedRequest;
import java.util.Locale;
import java.util.Set;

/**
 * Has jobs and their requests keep one object of what they have in common: they come in at the same
 * address, from few callers and kinds of clients, which ask for the same models and send the same
 * headers. That is a third of what a small request takes beside its body.
 *
 * <p>For many threads.
 */
final class SharedParts {

  /** In characters; the hash of an owner has 43. What is longer is hardly ever repeated. */
  private static final int MAX_LENGTH = 48;

  /**
   * Fields that tell one kind of client from another. Any other's value is its caller's own, maybe
   * a credential, and must not be kept beyond its job.
   */
  private static final Set<String> OF_THE_KIND =
      Set.of("accept", "accept-language", "content-type", "host", "user-agent");

  private static final String OF_THE_SDK = "x-stainless-";

  private final Representatives<String> texts = new Representatives<>();
  private final Representatives<Origin> origins = new Representatives<>();

  /** An equal job. Of its owner there is only a hash to keep. */
  Job in(Job job) {
    return job.with(this::text);
  }

  /** An equal request. */
  RecordedRequest in(RecordedRequest request) {
    Caller caller = request.caller();
    return new RecordedRequest(
        text(request.method()),
        path(request.pathAndQuery()),
        request.headers().with(this::text, this::value),
        request.body(),
        new Caller(text(caller.address()), text(caller.host()), caller.port()),
        origins.of(request.origin()),
        request.fallbacks());
  }

  /** A query may hold a credential, too. */
  private String path(String pathAndQuery) {
    return pathAndQuery.indexOf('?') < 0 ? text(pathAndQuery) : pathAndQuery;
  }

  private String value(String name, String value) {
    String lowerCase = name.toLowerCase(Locale.ROOT);
    return OF_THE_KIND.contains(lowerCase) || lowerCase.startsWith(OF_THE_SDK)
        ? text(value)
        : value;
  }

  private String text(String text) {
    return text.length() > MAX_LENGTH ? text : texts.of(text);
  }
}

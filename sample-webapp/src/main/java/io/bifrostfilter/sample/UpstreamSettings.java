package io.bifrostfilter.sample;

import java.net.URI;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where the proxy forwards to.
 *
 * @param baseUrl http or https, without a slash at its end
 * @param apiKey presented for callers that bring no credential of their own; may be absent
 */
public record UpstreamSettings(URI baseUrl, Optional<String> apiKey) {
  private static final String BASE_URL = "OPENAI_BASE_URL";
  private static final String API_KEY = "OPENAI_API_KEY";

  /**
   * Reads {@code OPENAI_BASE_URL} and {@code OPENAI_API_KEY}: from {@code overrides} (the web app's
   * context parameters), else the system properties, else the environment.
   *
   * @return empty if there is no base URL: the embedded engine answers
   * @throws IllegalArgumentException if the base URL is no http or https URL
   */
  public static Optional<UpstreamSettings> read(Function<String, @Nullable String> overrides) {
    return value(BASE_URL, overrides)
        .map(url -> new UpstreamSettings(checked(url), value(API_KEY, overrides)));
  }

  private static Optional<String> value(String name, Function<String, @Nullable String> overrides) {
    return Stream.<Function<String, @Nullable String>>of(
            overrides, System::getProperty, System::getenv)
        .map(source -> Optional.ofNullable(source.apply(name)).orElse("").strip())
        .filter(value -> !value.isEmpty())
        .findFirst();
  }

  private static URI checked(String url) {
    try {
      var uri = URI.create(url.replaceAll("/+$", ""));
      var http = "http".equalsIgnoreCase(uri.getScheme());
      if ((http || "https".equalsIgnoreCase(uri.getScheme()))
          && uri.getHost() != null
          && uri.getRawQuery() == null) {
        return uri;
      }
    } catch (IllegalArgumentException e) {
      // answered below, like every other URL that will not do
    }
    throw new IllegalArgumentException(
        BASE_URL + " must be an http or https URL such as https://api.openai.com/v1.");
  }

  /** The address for people: no user, no key. */
  @Override
  public String toString() {
    var port = baseUrl.getPort() == -1 ? "" : ":" + baseUrl.getPort();
    return baseUrl.getScheme() + "://" + baseUrl.getHost() + port + baseUrl.getRawPath();
  }
}

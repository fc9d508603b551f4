package io.bifrostfilter;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names of settings that hold a name of the operator's own: {@code
 * webhooks.endpoints.<name>.<property>}, and {@code ….headers.<header>}.
 *
 * <p>As an environment variable, where there are neither dots nor lower case, the operator's names
 * are read in lower case and with dashes: {@code BIFROST_ASYNC_WEBHOOKS_ENDPOINTS_BILLING_TEAM_URL}
 * is {@code webhooks.endpoints.billing-team.url}.
 */
final class WebhookEndpointNames {

  static final String PREFIX = "webhooks.endpoints.";

  /** As it is shown to whoever got one wrong. */
  static final String FORM = PREFIX + "<name>.<property>";

  static final List<String> PROPERTIES =
      List.of(
          "url",
          "events",
          "secret",
          "include-response",
          "allow-private-network",
          "disabled",
          "max-retries",
          "retry-backoff-initial",
          "retry-backoff-max",
          "attempt-timeout",
          "max-response-payload-kbs",
          "max-concurrent-deliveries");

  private static final Pattern NAME =
      Pattern.compile(
          Pattern.quote(PREFIX)
              + "([A-Za-z0-9_-]+)\\.("
              + String.join("|", PROPERTIES)
              + "|headers\\.[^.\\s]+)");

  private static final Pattern VARIABLE =
      Pattern.compile(
          "BIFROST_ASYNC_WEBHOOKS_ENDPOINTS_([A-Z0-9_]+?)_("
              + String.join("|", PROPERTIES).toUpperCase(Locale.ROOT).replace('-', '_')
              + "|HEADERS_[A-Z0-9_]+)");

  private WebhookEndpointNames() {}

  /** A setting, taken apart. */
  record Parts(String endpoint, String property) {

    String whole() {
      return PREFIX + endpoint + '.' + property;
    }
  }

  static Optional<Parts> parse(String setting) {
    Matcher matcher = NAME.matcher(setting);
    return matcher.matches()
        ? Optional.of(new Parts(matcher.group(1), matcher.group(2)))
        : Optional.empty();
  }

  static Optional<Parts> ofEnvironment(String variable) {
    Matcher matcher = VARIABLE.matcher(variable);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    String property = written(matcher.group(2));
    return Optional.of(
        new Parts(
            written(matcher.group(1)),
            property.startsWith("headers-")
                ? "headers." + property.substring("headers-".length())
                : property));
  }

  private static String written(String part) {
    return part.toLowerCase(Locale.ROOT).replace('_', '-');
  }
}

package io.bifrostfilter.webhook;

import io.bifrostfilter.delivery.EndpointSettings;
import io.bifrostfilter.job.Headers;
import io.bifrostfilter.job.HopByHop;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * What an endpoint's settings must be, all that can be told without looking a name up (contract,
 * section 7).
 */
public final class EndpointRules {

  private static final int MAX_NAME = 100;

  /** What receivers take: half of what servers allow for all headers by default. */
  private static final int MAX_HEADERS = 4096;

  private static final int MAX_RETRIES = 100;
  private static final Duration MAX_BACKOFF = Duration.ofDays(7);
  private static final Duration MAX_ATTEMPT_TIMEOUT = Duration.ofMinutes(5);
  private static final int MAX_PAYLOAD_KBS = 32 * 1024;
  private static final int MAX_CONCURRENT = 256;

  private static final Pattern NAME = Pattern.compile("[!-~]([ -~]*[!-~])?");
  private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
  private static final Pattern FIELD_VALUE = Pattern.compile("[\\t -~]*");
  private static final HopByHop HOP_BY_HOP = new HopByHop(List.of());

  private EndpointRules() {}

  /**
   * @throws WebhookProblem if a setting is not allowed; it names the setting as the API does
   */
  public static void check(EndpointSettings settings) {
    String name = settings.name();
    if (name.length() > MAX_NAME || !NAME.matcher(name).matches()) {
      throw WebhookProblem.invalid(
          "name",
          "The endpoint needs a `name` of 1 to "
              + MAX_NAME
              + " printable ASCII characters, without blanks at either end.");
    }
    if (settings.events().isEmpty()) {
      throw WebhookProblem.invalid(
          "events",
          "The endpoint needs at least one of the `events` async_job.completed and"
              + " async_job.failed.");
    }
    try {
      UrlGuard.checkForm(settings.url(), settings.allowPrivateNetwork());
    } catch (RefusedUrlException e) {
      throw refusedUrl(e);
    }
    checkHeaders(settings.headers());
    require(settings.maxRetries(), 0, MAX_RETRIES, "max_retries");
    require(settings.retryBackoffInitial(), 0, MAX_BACKOFF, "retry_backoff_initial_seconds");
    require(settings.retryBackoffMax(), 0, MAX_BACKOFF, "retry_backoff_max_seconds");
    require(settings.attemptTimeout(), 1, MAX_ATTEMPT_TIMEOUT, "attempt_timeout_seconds");
    require(settings.maxResponsePayloadKbs(), 0, MAX_PAYLOAD_KBS, "max_response_payload_kbs");
    require(settings.maxConcurrentDeliveries(), 1, MAX_CONCURRENT, "max_concurrent_deliveries");
  }

  static WebhookProblem refusedUrl(RefusedUrlException reason) {
    return WebhookProblem.invalid(
        "url", "The endpoint cannot have this `url`: " + reason.getMessage() + ".");
  }

  private static void checkHeaders(Headers headers) {
    var names = new HashSet<String>();
    headers.forEach(
        (name, value) -> {
          checkHeader(name, value);
          if (!names.add(name.toLowerCase(Locale.ROOT))) {
            throw WebhookProblem.invalid(
                "headers", "The header \"" + name + "\" is there twice. Give it one value.");
          }
        });
    if (headers.characters() > MAX_HEADERS) {
      throw WebhookProblem.invalid(
          "headers",
          "The `headers` must have no more than " + MAX_HEADERS + " characters, all together.");
    }
  }

  private static void checkHeader(String name, String value) {
    String lowerCase = name.toLowerCase(Locale.ROOT);
    if (!TOKEN.matcher(name).matches()) {
      throw WebhookProblem.invalid(
          "headers", "One of the `headers` has a name that HTTP does not allow.");
    }
    if (lowerCase.startsWith("webhook-")
        || lowerCase.startsWith("x-bifrost-")
        || lowerCase.startsWith("content-")
        || lowerCase.equals("host")
        || lowerCase.equals("user-agent")
        || lowerCase.equals("expect")
        || HOP_BY_HOP.covers(name)) {
      throw WebhookProblem.invalid(
          "headers",
          "The header \""
              + name
              + "\" is reserved, as are webhook-*, x-bifrost-*, content-*, host, user-agent,"
              + " expect and those of a connection. Leave it out of `headers`.");
    }
    if (!FIELD_VALUE.matcher(value).matches()) {
      throw WebhookProblem.invalid(
          "headers", "The value of the header \"" + name + "\" must be printable ASCII.");
    }
  }

  private static void require(Duration value, long min, Duration max, String field) {
    require(value.toSeconds(), min, max.toSeconds(), field);
  }

  private static void require(long value, long min, long max, String field) {
    if (value < min || value > max) {
      throw WebhookProblem.invalid(
          field, "The field `" + field + "` must be from " + min + " to " + max + ".");
    }
  }
}

package io.bifrostfilter;

import io.bifrostfilter.http.HeaderAnswers;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads the configuration of a plain web application: the filter's init parameters, overridden by
 * system properties, overridden by environment variables. A name that nobody knows, or a value that
 * nobody can read, ends the start-up.
 */
final class SettingsReader {

  private static final String PREFIX = InvalidConfigException.PREFIX;
  private static final String ENVIRONMENT_PREFIX = "BIFROST_ASYNC_";

  private static final Pattern AMOUNT = Pattern.compile("(\\d{1,12})\\s*([A-Za-z]*)");
  private static final Map<String, Duration> TIME_UNITS =
      Map.of(
          "ms", Duration.ofMillis(1),
          "s", Duration.ofSeconds(1),
          "m", Duration.ofMinutes(1),
          "h", Duration.ofHours(1),
          "d", Duration.ofDays(1));
  private static final Map<String, Long> SIZE_UNITS =
      Map.of("b", 1L, "kb", 1024L, "mb", 1024L * 1024, "gb", 1024L * 1024 * 1024);

  private static final Map<String, BiConsumer<AsyncJobsConfig.Builder, String>> SETTINGS =
      settings();

  private SettingsReader() {}

  /**
   * @param initParameters by their names, without a prefix
   * @param systemProperties all there are; those that do not begin with {@code bifrost.async.} are
   *     somebody else's
   * @param environment all there is; the same holds for {@code BIFROST_ASYNC_}
   */
  static AsyncJobsConfig read(
      Map<String, String> initParameters,
      Map<String, String> systemProperties,
      Map<String, String> environment) {
    var found = new LinkedHashMap<String, String>();
    initParameters.forEach((name, value) -> found.put(known(name, name), value));
    systemProperties.forEach(
        (name, value) -> {
          if (name.startsWith(PREFIX)) {
            found.put(known(name.substring(PREFIX.length()), name), value);
          }
        });
    environment.forEach(
        (name, value) -> {
          if (name.startsWith(ENVIRONMENT_PREFIX)) {
            found.put(ofEnvironment(name), value);
          }
        });
    AsyncJobsConfig.Builder builder = AsyncJobsConfig.builder();
    var endpoints = new TreeMap<String, Map<String, String>>();
    found.forEach(
        (name, value) ->
            WebhookEndpointNames.parse(name)
                .ifPresentOrElse(
                    parts ->
                        endpoints
                            .computeIfAbsent(parts.endpoint(), each -> new TreeMap<>())
                            .put(parts.property(), value.strip()),
                    () -> setting(name).accept(builder, value.strip())));
    endpoints.forEach((name, properties) -> builder.webhookEndpoint(endpoint(name, properties)));
    return builder.build();
  }

  private static BiConsumer<AsyncJobsConfig.Builder, String> setting(String name) {
    return Objects.requireNonNull(SETTINGS.get(name));
  }

  private static String known(String name, String asWritten) {
    if (!SETTINGS.containsKey(name) && WebhookEndpointNames.parse(name).isEmpty()) {
      throw unknown(name, asWritten, Function.identity());
    }
    return name;
  }

  private static String ofEnvironment(String variable) {
    return SETTINGS.keySet().stream()
        .filter(name -> environmentName(name).equals(variable))
        .findFirst()
        .or(
            () ->
                WebhookEndpointNames.ofEnvironment(variable).map(WebhookEndpointNames.Parts::whole))
        .orElseThrow(() -> unknown(variable, variable, SettingsReader::environmentName));
  }

  private static String environmentName(String name) {
    return ENVIRONMENT_PREFIX + name.toUpperCase(Locale.ROOT).replace('-', '_').replace('.', '_');
  }

  private static InvalidConfigException unknown(
      String name, String asWritten, Function<String, String> form) {
    return new InvalidConfigException(
        name,
        "There is no setting "
            + asWritten
            + ". There are: "
            + SETTINGS.keySet().stream().map(form).collect(Collectors.joining(", "))
            + ", and "
            + form.apply(WebhookEndpointNames.FORM)
            + ", with one of the properties "
            + String.join(", ", WebhookEndpointNames.PROPERTIES)
            + " and headers.<header>.");
  }

  private static Map<String, BiConsumer<AsyncJobsConfig.Builder, String>> settings() {
    var all = new LinkedHashMap<String, BiConsumer<AsyncJobsConfig.Builder, String>>();
    add(all, "enabled", AsyncJobsConfig.Builder::enabled, SettingsReader::bool);
    text(all, "path-prefix", AsyncJobsConfig.Builder::pathPrefix);
    text(all, "target-prefix", AsyncJobsConfig.Builder::targetPrefix);
    add(all, "routes", AsyncJobsConfig.Builder::routes, (name, value) -> list(value));
    add(all, "header-answers", AsyncJobsConfig.Builder::headerAnswers, oneOf(HeaderAnswers.class));
    add(all, "target", SettingsReader::target, SettingsReader::uri);
    add(
        all,
        "default-result-ttl",
        AsyncJobsConfig.Builder::defaultResultTtl,
        SettingsReader::duration);
    add(all, "max-result-ttl", AsyncJobsConfig.Builder::maxResultTtl, SettingsReader::duration);
    add(all, "max-wait", AsyncJobsConfig.Builder::maxWait, SettingsReader::duration);
    add(all, "max-concurrency", AsyncJobsConfig.Builder::maxConcurrency, SettingsReader::number);
    add(all, "queue-capacity", AsyncJobsConfig.Builder::queueCapacity, SettingsReader::number);
    add(
        all,
        "max-jobs-per-caller",
        AsyncJobsConfig.Builder::maxJobsPerCaller,
        SettingsReader::number);
    add(all, "max-request-size", AsyncJobsConfig.Builder::maxRequestSize, SettingsReader::size);
    add(all, "max-response-size", AsyncJobsConfig.Builder::maxResponseSize, SettingsReader::size);
    add(all, "run-timeout", AsyncJobsConfig.Builder::runTimeout, SettingsReader::duration);
    add(all, "drain-timeout", AsyncJobsConfig.Builder::drainTimeout, SettingsReader::duration);
    add(all, "max-attempts", AsyncJobsConfig.Builder::maxAttempts, SettingsReader::number);
    add(all, "lease", AsyncJobsConfig.Builder::lease, SettingsReader::duration);
    add(all, "store", AsyncJobsConfig.Builder::store, oneOf(StoreType.class));
    text(all, "encryption-key", AsyncJobsConfig.Builder::encryptionKey);
    add(all, "memory.max-bytes", AsyncJobsConfig.Builder::memoryMaxBytes, SettingsReader::size);
    text(all, "jdbc.url", AsyncJobsConfig.Builder::jdbcUrl);
    text(all, "jdbc.username", AsyncJobsConfig.Builder::jdbcUsername);
    text(all, "jdbc.password", AsyncJobsConfig.Builder::jdbcPassword);
    text(all, "jdbc.jndi-name", AsyncJobsConfig.Builder::jdbcJndiName);
    text(all, "jdbc.table-prefix", AsyncJobsConfig.Builder::jdbcTablePrefix);
    add(
        all,
        "jdbc.initialize-schema",
        AsyncJobsConfig.Builder::jdbcInitializeSchema,
        oneOf(JdbcSettings.InitializeSchema.class));
    text(all, "redis.uri", AsyncJobsConfig.Builder::redisUri);
    text(all, "redis.key-prefix", AsyncJobsConfig.Builder::redisKeyPrefix);
    text(all, "webhooks.admin-token", AsyncJobsConfig.Builder::webhooksAdminToken);
    add(
        all,
        "webhooks.delivery-retention",
        AsyncJobsConfig.Builder::webhooksDeliveryRetention,
        SettingsReader::duration);
    return all;
  }

  private static WebhookEndpointConfig endpoint(String name, Map<String, String> properties) {
    var values = new Properties(WebhookEndpointNames.PREFIX + name + '.', properties);
    return new WebhookEndpointConfig(
        name,
        properties.get("url"),
        values.get("events", (setting, value) -> list(value)),
        properties.get("secret"),
        values.below("headers."),
        values.get("include-response", SettingsReader::bool),
        values.get("allow-private-network", SettingsReader::bool),
        values.get("disabled", SettingsReader::bool),
        values.get("max-retries", SettingsReader::number),
        values.get("retry-backoff-initial", SettingsReader::duration),
        values.get("retry-backoff-max", SettingsReader::duration),
        values.get("attempt-timeout", SettingsReader::duration),
        values.get("max-response-payload-kbs", SettingsReader::number),
        values.get("max-concurrent-deliveries", SettingsReader::number));
  }

  /** The settings of one endpoint, without the part of their names that they share. */
  private record Properties(String prefix, Map<String, String> values) {

    <T> @Nullable T get(String property, BiFunction<String, String, T> parser) {
      String value = values.get(property);
      return value == null ? null : parser.apply(prefix + property, value);
    }

    Map<String, String> below(String group) {
      var below = new TreeMap<String, String>();
      values.forEach(
          (property, value) -> {
            if (property.startsWith(group)) {
              below.put(property.substring(group.length()), value);
            }
          });
      return below;
    }
  }

  private static void text(
      Map<String, BiConsumer<AsyncJobsConfig.Builder, String>> all,
      String name,
      BiConsumer<AsyncJobsConfig.Builder, String> setter) {
    add(all, name, setter, (same, value) -> value);
  }

  private static <T> void add(
      Map<String, BiConsumer<AsyncJobsConfig.Builder, String>> all,
      String name,
      BiConsumer<AsyncJobsConfig.Builder, T> setter,
      BiFunction<String, String, T> parser) {
    all.put(name, (builder, value) -> setter.accept(builder, parser.apply(name, value)));
  }

  private static boolean bool(String name, String value) {
    return switch (value.toLowerCase(Locale.ROOT)) {
      case "true" -> true;
      case "false" -> false;
      default -> throw new InvalidConfigException(name, value, "true or false");
    };
  }

  private static int number(String name, String value) {
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      throw new InvalidConfigException(name, value, "a whole number");
    }
  }

  private static List<String> list(String value) {
    return Arrays.stream(value.split(",")).map(String::strip).filter(s -> !s.isEmpty()).toList();
  }

  private static <E extends Enum<E>> BiFunction<String, String, E> oneOf(Class<E> type) {
    return (name, value) ->
        Arrays.stream(type.getEnumConstants())
            .filter(each -> each.name().equalsIgnoreCase(value))
            .findFirst()
            .orElseThrow(() -> new InvalidConfigException(name, value, choices(type)));
  }

  private static String choices(Class<? extends Enum<?>> type) {
    return Arrays.stream(type.getEnumConstants())
        .map(each -> each.name().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(" or "));
  }

  private static void target(AsyncJobsConfig.Builder builder, @Nullable URI value) {
    if (value != null) {
      builder.target(value);
    }
  }

  private static @Nullable URI uri(String name, String value) {
    if (value.isEmpty()) {
      return null;
    }
    try {
      return URI.create(value);
    } catch (IllegalArgumentException e) {
      throw new InvalidConfigException(
          name, value, "a base such as http://127.0.0.1:8080, without a path");
    }
  }

  private static Duration duration(String name, String value) {
    Matcher amount = AMOUNT.matcher(value);
    Duration unit =
        amount.matches() ? TIME_UNITS.get(amount.group(2).toLowerCase(Locale.ROOT)) : null;
    if (unit == null) {
      throw new InvalidConfigException(
          name, value, "a time with its unit, such as 500ms, 30s, 10m, 1h or 7d");
    }
    return unit.multipliedBy(Long.parseLong(amount.group(1)));
  }

  private static long size(String name, String value) {
    Matcher amount = AMOUNT.matcher(value);
    Long unit = amount.matches() ? SIZE_UNITS.get(amount.group(2).toLowerCase(Locale.ROOT)) : null;
    if (unit == null) {
      throw new InvalidConfigException(
          name, value, "a size with its unit, such as 512KB, 32MB or 1GB");
    }
    try {
      return Math.multiplyExact(unit, Long.parseLong(amount.group(1)));
    } catch (ArithmeticException e) {
      throw new InvalidConfigException(name, value, "a size that a machine could have");
    }
  }
}

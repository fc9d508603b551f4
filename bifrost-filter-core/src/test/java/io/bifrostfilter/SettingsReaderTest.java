package io.bifrostfilter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.bifrostfilter.crypto.Keyring;
import io.bifrostfilter.crypto.TokenHash;
import io.bifrostfilter.http.HeaderAnswers;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The configuration of a plain web application. */
class SettingsReaderTest {

  private static final Map<String, String> NONE = Map.of();
  private static final String KEY = "a2V5LW9mLTMyLWJ5dGVzLWZvci10ZXN0cy1vbmx5ISE=";

  @Test
  void nothingSaidIsTheDefaults() {
    assertThat(SettingsReader.read(NONE, NONE, NONE)).isEqualTo(AsyncJobsConfig.defaults());
  }

  static Stream<Arguments> settings() {
    return Stream.of(
        setting("enabled", "FALSE", AsyncJobsConfig::enabled, false),
        setting("path-prefix", "/jobs", AsyncJobsConfig::pathPrefix, "/jobs"),
        setting("target-prefix", "", AsyncJobsConfig::targetPrefix, ""),
        setting(
            "routes",
            " ocr , chat/completions,, ",
            AsyncJobsConfig::routes,
            List.of("ocr", "chat/completions")),
        setting(
            "header-answers", "Envelope", AsyncJobsConfig::headerAnswers, HeaderAnswers.ENVELOPE),
        setting(
            "target",
            "http://127.0.0.1:81",
            AsyncJobsConfig::target,
            Optional.of(URI.create("http://127.0.0.1:81"))),
        setting("default-result-ttl", "90s", AsyncJobsConfig::defaultResultTtl, seconds(90)),
        setting("max-result-ttl", "2d", AsyncJobsConfig::maxResultTtl, Duration.ofDays(2)),
        setting("max-wait", "500ms", AsyncJobsConfig::maxWait, Duration.ofMillis(500)),
        setting("max-concurrency", "7", AsyncJobsConfig::maxConcurrency, 7),
        setting("queue-capacity", "8", AsyncJobsConfig::queueCapacity, 8),
        setting("max-jobs-per-caller", "9", AsyncJobsConfig::maxJobsPerCaller, 9),
        setting("max-request-size", "512KB", AsyncJobsConfig::maxRequestSize, 524_288L),
        setting("max-response-size", "1gb", AsyncJobsConfig::maxResponseSize, 1_073_741_824L),
        setting("run-timeout", "5m", AsyncJobsConfig::runTimeout, Duration.ofMinutes(5)),
        setting("drain-timeout", "0s", AsyncJobsConfig::drainTimeout, Duration.ZERO),
        setting("max-attempts", "1", AsyncJobsConfig::maxAttempts, 1),
        setting("lease", " 2 m ", AsyncJobsConfig::lease, Duration.ofMinutes(2)),
        setting("memory.max-bytes", "64MB", AsyncJobsConfig::memoryMaxBytes, 67_108_864L),
        setting(
            "encryption-key", KEY, AsyncJobsConfig::encryptionKey, Optional.of(Keyring.parse(KEY))),
        setting("jdbc.url", "jdbc:h2:mem:x", c -> c.jdbc().url(), Optional.of("jdbc:h2:mem:x")),
        setting("jdbc.username", "u", c -> c.jdbc().username(), Optional.of("u")),
        setting("jdbc.password", "p", c -> c.jdbc().password(), Optional.of("p")),
        setting("jdbc.jndi-name", "jdbc/a", c -> c.jdbc().jndiName(), Optional.of("jdbc/a")),
        setting("jdbc.table-prefix", "jobs_", c -> c.jdbc().tablePrefix(), "jobs_"),
        setting(
            "jdbc.initialize-schema",
            "never",
            c -> c.jdbc().initializeSchema(),
            JdbcSettings.InitializeSchema.NEVER),
        setting("redis.uri", "redis://h", c -> c.redis().uri(), Optional.of("redis://h")),
        setting("redis.key-prefix", "jobs:", c -> c.redis().keyPrefix(), "jobs:"),
        setting(
            "webhooks.admin-token",
            "0123456789abcdef",
            c -> c.webhooks().adminToken(),
            Optional.of(TokenHash.of("0123456789abcdef"))),
        setting(
            "webhooks.delivery-retention",
            "2d",
            c -> c.webhooks().deliveryRetention(),
            Duration.ofDays(2)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("settings")
  void eachSettingIsReadWhereverItStands(
      String name, String value, Function<AsyncJobsConfig, Object> getter, Object expected) {
    assertThat(getter.apply(AsyncJobsConfig.defaults())).isNotEqualTo(expected);

    assertThat(getter.apply(SettingsReader.read(Map.of(name, value), NONE, NONE)))
        .as("init parameter")
        .isEqualTo(expected);
    assertThat(
            getter.apply(SettingsReader.read(NONE, Map.of("bifrost.async." + name, value), NONE)))
        .as("system property")
        .isEqualTo(expected);
    assertThat(getter.apply(SettingsReader.read(NONE, NONE, Map.of(environmentName(name), value))))
        .as("environment variable")
        .isEqualTo(expected);
  }

  @Test
  void everySettingOfTheConfigurationCanBeRead() {
    // All but the store, which the next tests name, and those in records of their own.
    int others =
        JdbcSettings.class.getRecordComponents().length
            + RedisSettings.class.getRecordComponents().length
            // Less the endpoints, which have a test of their own.
            + WebhookSettings.class.getRecordComponents().length
            - 1;
    assertThat(settings()).hasSize(AsyncJobsConfig.class.getRecordComponents().length - 4 + others);
  }

  @Test
  void aDurableStoreIsNamedBesideItsKey() {
    AsyncJobsConfig config =
        SettingsReader.read(
            NONE, NONE, Map.of("BIFROST_ASYNC_STORE", "jdbc", "BIFROST_ASYNC_ENCRYPTION_KEY", KEY));

    assertThat(config.store()).isEqualTo(StoreType.JDBC);
  }

  @Test
  void theStoreMayBeNamed() {
    assertThat(SettingsReader.read(Map.of("store", "memory"), NONE, NONE))
        .isEqualTo(AsyncJobsConfig.defaults());
  }

  @Test
  void anEmptyTargetIsTheDerivedOne() {
    assertThat(SettingsReader.read(Map.of("target", " "), NONE, NONE).target()).isEmpty();
  }

  @Test
  void theSystemPropertyWinsOverTheInitParameter() {
    AsyncJobsConfig config =
        SettingsReader.read(
            Map.of("max-attempts", "1", "max-concurrency", "1"),
            Map.of("bifrost.async.max-attempts", "2"),
            NONE);

    assertThat(config.maxAttempts()).isEqualTo(2);
    assertThat(config.maxConcurrency()).isEqualTo(1);
  }

  @Test
  void theEnvironmentWinsOverBoth() {
    AsyncJobsConfig config =
        SettingsReader.read(
            Map.of("max-attempts", "1"),
            Map.of("bifrost.async.max-attempts", "2", "bifrost.async.max-concurrency", "2"),
            Map.of("BIFROST_ASYNC_MAX_ATTEMPTS", "3"));

    assertThat(config.maxAttempts()).isEqualTo(3);
    assertThat(config.maxConcurrency()).isEqualTo(2);
  }

  @Test
  void aBadValueThatIsOverriddenDoesNoHarm() {
    assertThat(
            SettingsReader.read(
                    Map.of("lease", "never"), Map.of("bifrost.async.lease", "10s"), NONE)
                .lease())
        .isEqualTo(seconds(10));
  }

  @Test
  void whatBelongsToOthersIsLeftAlone() {
    assertThat(
            SettingsReader.read(
                NONE,
                Map.of("bifrost.other", "x", "java.version", "17", "max-attempts", "1"),
                Map.of("PATH", "/bin", "BIFROST_OTHER", "x", "bifrost_async_max_attempts", "1")))
        .isEqualTo(AsyncJobsConfig.defaults());
  }

  @ParameterizedTest
  @ValueSource(strings = {"leese", "bifrost.async.lease", "Lease", "", "lease ", "max_attempts"})
  void anUnknownInitParameterIsRefused(String name) {
    InvalidConfigException error = refused(Map.of(name, "1"), NONE, NONE);

    assertThat(error.setting()).isEqualTo(name);
    assertThat(error)
        .hasMessageStartingWith("There is no setting " + name + ". There are: ")
        .hasMessageContainingAll("enabled", "max-attempts", "lease", "memory.max-bytes");
  }

  @Test
  void anUnknownSystemPropertyIsRefused() {
    assertThat(refused(NONE, Map.of("bifrost.async.leese", "1"), NONE))
        .hasMessageStartingWith("There is no setting bifrost.async.leese. There are: ")
        .hasMessageContainingAll("max-attempts", "lease");
  }

  @Test
  void anUnknownEnvironmentVariableIsRefusedWithTheVariablesThatThereAre() {
    assertThat(refused(NONE, NONE, Map.of("BIFROST_ASYNC_LEESE", "1")))
        .hasMessageStartingWith("There is no setting BIFROST_ASYNC_LEESE. There are: ")
        .hasMessageContainingAll(
            "BIFROST_ASYNC_LEASE", "BIFROST_ASYNC_MAX_ATTEMPTS", "BIFROST_ASYNC_MEMORY_MAX_BYTES");
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '|',
      value = {
        "enabled,yes,true or false",
        "enabled,||,true or false",
        "header-answers,json,native or envelope",
        "store,mongo,memory or jdbc or redis",
        "jdbc.initialize-schema,maybe,always or never",
        "target,http://[,without a path",
        "target,http://h/v1,without a path",
        "max-concurrency,many,whole number",
        "max-concurrency,1.5,whole number",
        "max-concurrency,99999999999,whole number",
        "max-concurrency,0,at least 1",
        "queue-capacity,||,whole number",
        "lease,30,|such as 500ms, 30s, 10m, 1h or 7d|",
        "lease,-30s,time with its unit",
        "lease,30 seconds,time with its unit",
        "lease,1.5h,time with its unit",
        "lease,PT30S,time with its unit",
        "lease,s,time with its unit",
        "lease,||,time with its unit",
        "lease,1ms,at least 30ms",
        "max-request-size,32,|such as 512KB, 32MB or 1GB|",
        "max-request-size,32MiB,size with its unit",
        "max-request-size,-1B,size with its unit",
        "max-request-size,1e6B,size with its unit",
        "max-request-size,2048MB,2047MB",
        "memory.max-bytes,0B,at least 1B",
        "routes,/ocr,without a slash",
      })
  void aBadValueIsRefusedWithItsNameAndWhatIsAllowed(String name, String value, String allowed) {
    for (InvalidConfigException error :
        List.of(
            refused(Map.of(name, value), NONE, NONE),
            refused(NONE, Map.of("bifrost.async." + name, value), NONE),
            refused(NONE, NONE, Map.of(environmentName(name), value)))) {
      assertThat(error.setting()).isEqualTo(name);
      assertThat(error)
          .hasMessageStartingWith("bifrost.async." + name + " is \"")
          .hasMessageContaining("\", but must be ")
          .hasMessageContaining(allowed);
    }
  }

  @Test
  void theLargestBodyThatIsNamedIsAllowed() {
    assertThat(SettingsReader.read(Map.of("max-request-size", "2047MB"), NONE, NONE))
        .extracting(AsyncJobsConfig::maxRequestSize)
        .isEqualTo(2_146_435_072L);
  }

  private static String environmentName(String name) {
    return switch (name) {
      case "memory.max-bytes" -> "BIFROST_ASYNC_MEMORY_MAX_BYTES";
      case "jdbc.initialize-schema" -> "BIFROST_ASYNC_JDBC_INITIALIZE_SCHEMA";
      default ->
          "BIFROST_ASYNC_" + name.toUpperCase(Locale.ROOT).replace('-', '_').replace('.', '_');
    };
  }

  private static Duration seconds(int seconds) {
    return Duration.ofSeconds(seconds);
  }

  private static Arguments setting(
      String name, String value, Function<AsyncJobsConfig, Object> getter, Object expected) {
    return Arguments.of(name, value, getter, expected);
  }

  private static InvalidConfigException refused(
      Map<String, String> initParameters,
      Map<String, String> systemProperties,
      Map<String, String> environment) {
    InvalidConfigException error =
        catchThrowableOfType(
            InvalidConfigException.class,
            () -> SettingsReader.read(initParameters, systemProperties, environment));
    assertThat(error).as("the refusal").isNotNull();
    return error;
  }
}

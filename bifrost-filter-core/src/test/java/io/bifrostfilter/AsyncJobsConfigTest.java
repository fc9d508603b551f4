package io.bifrostfilter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.bifrostfilter.http.HeaderAnswers;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The defaults, each as the design has it, and the values that are not allowed. */
class AsyncJobsConfigTest {

  private static final AsyncJobsConfig DEFAULTS = AsyncJobsConfig.defaults();

  @Test
  void theDefaultsAreThoseOfTheDesign() {
    assertThat(DEFAULTS.enabled()).isTrue();
    assertThat(DEFAULTS.pathPrefix()).isEqualTo("/v1/async");
    assertThat(DEFAULTS.targetPrefix()).isEqualTo("/v1");
    assertThat(DEFAULTS.routes())
        .containsExactly(
            "completions",
            "chat/completions",
            "responses",
            "embeddings",
            "audio/speech",
            "audio/transcriptions",
            "images/generations",
            "images/edits",
            "images/variations",
            "rerank",
            "ocr");
    assertThat(DEFAULTS.headerAnswers()).isEqualTo(HeaderAnswers.NATIVE);
    assertThat(DEFAULTS.target()).isEmpty();
    assertThat(DEFAULTS.defaultResultTtl()).isEqualTo(Duration.ofHours(1));
    assertThat(DEFAULTS.maxResultTtl()).isEqualTo(Duration.ofDays(7));
    assertThat(DEFAULTS.maxWait()).isEqualTo(Duration.ofSeconds(60));
    assertThat(DEFAULTS.maxConcurrency()).isEqualTo(64);
    assertThat(DEFAULTS.queueCapacity()).isEqualTo(10_000);
    assertThat(DEFAULTS.maxJobsPerCaller()).isEqualTo(1_000);
    assertThat(DEFAULTS.maxRequestSize()).isEqualTo(33_554_432);
    assertThat(DEFAULTS.maxResponseSize()).isEqualTo(33_554_432);
    assertThat(DEFAULTS.runTimeout()).isEqualTo(Duration.ofMinutes(10));
    assertThat(DEFAULTS.drainTimeout()).isEqualTo(Duration.ofSeconds(30));
    assertThat(DEFAULTS.maxAttempts()).isEqualTo(3);
    assertThat(DEFAULTS.lease()).isEqualTo(Duration.ofSeconds(30));
    assertThat(DEFAULTS.store()).isEqualTo(StoreType.MEMORY);
    assertThat(DEFAULTS.encryptionKey()).isEmpty();
    assertThat(DEFAULTS.jdbc())
        .isEqualTo(
            new JdbcSettings(
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                "bifrost_",
                JdbcSettings.InitializeSchema.ALWAYS));
    assertThat(DEFAULTS.redis()).isEqualTo(new RedisSettings(Optional.empty(), "bifrost:"));
    assertThat(DEFAULTS.webhooks())
        .isEqualTo(new WebhookSettings(Optional.empty(), Duration.ofDays(30), List.of()));
    assertThat(DEFAULTS.memoryMaxBytes()).isEqualTo(Runtime.getRuntime().maxMemory() / 4);
  }

  @Test
  void noSettingIsWithoutAnAssertedDefault() {
    // Whoever adds a setting adds its default above, and counts it here.
    assertThat(AsyncJobsConfig.class.getRecordComponents()).hasSize(24);
  }

  static Stream<Arguments> whatIsNotAllowed() {
    return Stream.of(
        bad("path-prefix", "\"\"", b -> b.pathPrefix(""), "/v1/async"),
        bad("path-prefix", "\"/\"", b -> b.pathPrefix("/"), "/v1/async"),
        bad("path-prefix", "\"v1/async\"", b -> b.pathPrefix("v1/async"), "/v1/async"),
        bad("path-prefix", "\"/v1/async/\"", b -> b.pathPrefix("/v1/async/"), "without a slash"),
        bad("path-prefix", "\"/v1/*\"", b -> b.pathPrefix("/v1/*"), "/v1/async"),
        bad("path-prefix", "\"/a?b\"", b -> b.pathPrefix("/a?b"), "/v1/async"),
        bad("target-prefix", "\"/\"", b -> b.targetPrefix("/"), "or nothing"),
        bad("target-prefix", "\"v1\"", b -> b.targetPrefix("v1"), "/v1"),
        bad("target-prefix", "\"/v1/async\"", b -> b.targetPrefix("/v1/async"), "path-prefix"),
        bad("routes", "\"\"", b -> b.routes(List.of("")), "chat/completions"),
        bad("routes", "\"/ocr\"", b -> b.routes(List.of("rerank", "/ocr")), "without a slash"),
        bad("routes", "\"ocr/\"", b -> b.routes(List.of("ocr/")), "without a slash"),
        bad("routes", "\"a//b\"", b -> b.routes(List.of("a//b")), "chat/completions"),
        bad("target", "\"127.0.0.1\"", b -> b.target(URI.create("127.0.0.1")), "http://"),
        bad("target", "\"ftp://h\"", b -> b.target(URI.create("ftp://h")), "http://"),
        bad("target", "\"http:///\"", b -> b.target(URI.create("http:///")), "http://"),
        bad(
            "target",
            "\"http://h/v1\"",
            b -> b.target(URI.create("http://h/v1")),
            "without a path"),
        bad("target", "\"http://h?q\"", b -> b.target(URI.create("http://h?q")), "http://"),
        bad("target", "\"http://u:p@h\"", b -> b.target(URI.create("http://u:p@h")), "http://"),
        bad(
            "default-result-ttl",
            "\"PT0.999S\"",
            b -> b.defaultResultTtl(Duration.ofMillis(999)),
            "at least 1000ms"),
        bad(
            "default-result-ttl",
            "\"PT2H\"",
            b -> b.defaultResultTtl(Duration.ofHours(2)).maxResultTtl(Duration.ofHours(1)),
            "max-result-ttl, which is PT1H"),
        bad("max-result-ttl", "\"PT0S\"", b -> b.maxResultTtl(Duration.ZERO), "at least 1000ms"),
        bad("max-wait", "\"PT-1S\"", b -> b.maxWait(Duration.ofSeconds(-1)), "at least 0ms"),
        bad("max-concurrency", "\"0\"", b -> b.maxConcurrency(0), "at least 1"),
        bad("queue-capacity", "\"0\"", b -> b.queueCapacity(0), "at least 1"),
        bad("max-jobs-per-caller", "\"-1\"", b -> b.maxJobsPerCaller(-1), "at least 1"),
        bad("max-request-size", "\"0\"", b -> b.maxRequestSize(0), "from 1B"),
        bad("max-request-size", "\"2147483647\"", b -> b.maxRequestSize(2147483647L), "2047MB"),
        bad("max-response-size", "\"0\"", b -> b.maxResponseSize(0), "from 1B"),
        bad(
            "max-response-size",
            "\"9223372036854775807\"",
            b -> b.maxResponseSize(Long.MAX_VALUE),
            "2047MB"),
        bad("run-timeout", "\"PT0S\"", b -> b.runTimeout(Duration.ZERO), "at least 1ms"),
        bad("drain-timeout", "\"PT-1S\"", b -> b.drainTimeout(Duration.ofSeconds(-1)), "0ms"),
        bad("max-attempts", "\"0\"", b -> b.maxAttempts(0), "at least 1"),
        bad("lease", "\"PT0.029S\"", b -> b.lease(Duration.ofMillis(29)), "at least 30ms"),
        bad("memory.max-bytes", "\"0\"", b -> b.memoryMaxBytes(0), "at least 1B"),
        bad("jdbc.table-prefix", "\"\"", b -> b.jdbcTablePrefix(""), "1 to 30"),
        bad("jdbc.table-prefix", "\"1a\"", b -> b.jdbcTablePrefix("1a"), "a letter first"),
        bad("jdbc.table-prefix", "\"a;b\"", b -> b.jdbcTablePrefix("a;b"), "letters"),
        bad(
            "jdbc.jndi-name",
            "\"jdbc/app\"",
            b -> b.jdbcUrl("jdbc:h2:mem:").jdbcJndiName("jdbc/app"),
            "absent where jdbc.url is given"),
        bad("redis.key-prefix", "\"\"", b -> b.redisKeyPrefix(""), "bifrost:"),
        bad("redis.key-prefix", "\"a b\"", b -> b.redisKeyPrefix("a b"), "without blanks"));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("whatIsNotAllowed")
  void aBadValueIsRefusedWithItsNameAndWhatIsAllowed(
      String name, String value, UnaryOperator<AsyncJobsConfig.Builder> change, String allowed) {
    AsyncJobsConfig.Builder builder = change.apply(AsyncJobsConfig.builder());

    InvalidConfigException error =
        catchThrowableOfType(InvalidConfigException.class, builder::build);

    assertThat(error).as("the refusal").isNotNull();
    assertThat(error.setting()).isEqualTo(name);
    assertThat(error)
        .hasMessageStartingWith("bifrost.async." + name + " is " + value + ", but must be ")
        .hasMessageContaining(allowed);
  }

  @ParameterizedTest
  @EnumSource(names = {"JDBC", "REDIS"})
  void aStoreThatKeepsSecretsNeedsAKeyOrAnExplicitNone(StoreType durable) {
    AsyncJobsConfig.Builder builder = AsyncJobsConfig.builder().store(durable);

    InvalidConfigException error =
        catchThrowableOfType(InvalidConfigException.class, builder::build);

    assertThat(error.setting()).isEqualTo("encryption-key");
    assertThat(error)
        .hasMessageContaining("bifrost.async.encryption-key is missing")
        .hasMessageContaining("\"" + durable + "\"")
        .hasMessageContaining("openssl rand -base64 32")
        .hasMessageContaining("\"none\"");
    assertThat(builder.encryptionKey("none").build().store()).isEqualTo(durable);
  }

  @Test
  void aBadKeyIsRefusedWithoutBeingShown() {
    InvalidConfigException error =
        catchThrowableOfType(
            InvalidConfigException.class,
            () -> AsyncJobsConfig.builder().encryptionKey("c2VjcmV0LWtleQ=="));

    assertThat(error.setting()).isEqualTo("encryption-key");
    assertThat(error)
        .hasMessageEndingWith("But a key has 32 bytes, not 10.")
        .hasMessageContaining("openssl rand -base64 32")
        .message()
        .doesNotContain("c2VjcmV0");
  }

  @Test
  void aBadUrlIsRefusedWithoutBeingShown() {
    InvalidConfigException error =
        catchThrowableOfType(
            InvalidConfigException.class,
            () -> AsyncJobsConfig.builder().jdbcUrl("postgresql://u:s3cret@h/db").build());

    assertThat(error.setting()).isEqualTo("jdbc.url");
    assertThat(error).hasMessageContaining("\"jdbc:\"").message().doesNotContain("s3cret");
  }

  @Test
  void aConfigurationShowsNoSecret() {
    AsyncJobsConfig config =
        AsyncJobsConfig.builder()
            .encryptionKey("a2V5LW9mLTMyLWJ5dGVzLWZvci10ZXN0cy1vbmx5ISE=")
            .jdbcUrl("jdbc:postgresql://h/db?password=s3cret")
            .jdbcUsername("s3cret-user")
            .jdbcPassword("s3cret")
            .redisUri("redis://:s3cret@h")
            .build();

    assertThat(config.toString()).doesNotContain("s3cret", "a2V5");
  }

  @Test
  void theLeastThatIsAllowedIsAllowed() {
    AsyncJobsConfig least =
        AsyncJobsConfig.builder()
            .pathPrefix("/a")
            .targetPrefix("")
            .routes(List.of())
            .defaultResultTtl(Duration.ofSeconds(1))
            .maxResultTtl(Duration.ofSeconds(1))
            .maxWait(Duration.ZERO)
            .maxConcurrency(1)
            .queueCapacity(1)
            .maxJobsPerCaller(1)
            .maxRequestSize(1)
            .maxResponseSize(1)
            .runTimeout(Duration.ofMillis(1))
            .drainTimeout(Duration.ZERO)
            .maxAttempts(1)
            .lease(Duration.ofMillis(30))
            .memoryMaxBytes(1)
            .build();

    assertThat(least.targetPrefix()).isEmpty();
    assertThat(least.routes()).isEmpty();
    assertThat(least.maxWait()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://127.0.0.1:8080",
        "https://app.example",
        "HTTP://h:1/",
        "http://[::1]:8080"
      })
  void aTargetIsTheBaseOfAServer(String base) {
    URI target = URI.create(base);

    assertThat(AsyncJobsConfig.builder().target(target).build().target()).contains(target);
  }

  @Test
  void theRoutesCannotBeChangedAfterwards() {
    var routes = new ArrayList<>(List.of("ocr"));
    AsyncJobsConfig config = AsyncJobsConfig.builder().routes(routes).build();
    routes.add("rerank");

    assertThat(config.routes()).containsExactly("ocr");
  }

  private static Arguments bad(
      String name, String value, UnaryOperator<AsyncJobsConfig.Builder> change, String allowed) {
    return Arguments.of(name, value, change, allowed);
  }
}

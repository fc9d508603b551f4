package io.bifrostfilter.spring;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.bifrostfilter.AsyncJobsConfig;
import io.bifrostfilter.JdbcSettings;
import io.bifrostfilter.StoreType;
import io.bifrostfilter.WebhookEndpointConfig;
import io.bifrostfilter.http.HeaderAnswers;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.net.URI;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/** Properties are names for what the core can do, and nothing besides. */
class AsyncJobsPropertiesTest {

  /** What concerns Spring alone, and the core's configuration does not know. */
  private static final Set<String> OURS = Set.of("filter.order", "filter.url-patterns");

  private static final String WEBHOOK_SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

  @Test
  void whatIsNotSetIsWhatTheCoreSays() {
    assertThat(bound(Map.of()).toConfig()).isEqualTo(AsyncJobsConfig.defaults());
  }

  @Test
  void noDefaultIsWrittenHere() throws IOException {
    var nothing = bound(Map.of());
    for (RecordComponent component : AsyncJobsProperties.class.getRecordComponents()) {
      assertThat(component.getType().isPrimitive()).as(component.getName()).isFalse();
      assertThat(valueOf(component, nothing)).as(component.getName()).isNull();
    }
    for (Class<?> type :
        List.of(
            AsyncJobsProperties.class,
            AsyncJobsProperties.Memory.class,
            AsyncJobsProperties.Jdbc.class,
            AsyncJobsProperties.Redis.class,
            AsyncJobsProperties.Webhooks.class,
            AsyncJobsProperties.Endpoint.class,
            AsyncJobsProperties.Filter.class)) {
      assertThat(type.getDeclaredConstructors()).hasSize(1);
      assertThat(Arrays.stream(type.getDeclaredConstructors()[0].getParameterAnnotations()))
          .allMatch(all -> Arrays.stream(all).noneMatch(DefaultValue.class::isInstance));
    }
    assertThat(metadata()).noneMatch(property -> property.has("defaultValue"));
  }

  @Test
  void thereIsAPropertyForAllThatTheCoreCanBeTold() throws IOException {
    Set<String> known =
        metadata().stream()
            .map(property -> property.path("name").asText().substring("bifrost.async.".length()))
            .filter(name -> !OURS.contains(name))
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> core =
        Arrays.stream(AsyncJobsConfig.class.getRecordComponents())
            .flatMap(AsyncJobsPropertiesTest::names)
            .map(name -> name.equals("memory-max-bytes") ? "memory.max-bytes" : name)
            .collect(Collectors.toCollection(TreeSet::new));

    assertThat(known).isEqualTo(core);
  }

  @Test
  void anEditorCanExplainEveryProperty() throws IOException {
    assertThat(metadata())
        .isNotEmpty()
        .allSatisfy(property -> assertThat(property.path("description").asText()).endsWith("."));
  }

  @Test
  void everyPropertyArrivesInTheCore() {
    var config =
        bound(
                Map.ofEntries(
                    Map.entry("enabled", "true"),
                    Map.entry("path-prefix", "/jobs"),
                    Map.entry("target-prefix", "/api"),
                    Map.entry("routes", "chat/completions,mine"),
                    Map.entry("header-answers", "envelope"),
                    Map.entry("target", "http://127.0.0.1:8080"),
                    Map.entry("default-result-ttl", "2h"),
                    Map.entry("max-result-ttl", "3d"),
                    Map.entry("max-wait", "4s"),
                    Map.entry("max-concurrency", "5"),
                    Map.entry("queue-capacity", "6"),
                    Map.entry("max-jobs-per-caller", "7"),
                    Map.entry("max-request-size", "8MB"),
                    Map.entry("max-response-size", "9KB"),
                    Map.entry("run-timeout", "10m"),
                    Map.entry("drain-timeout", "11s"),
                    Map.entry("max-attempts", "12"),
                    Map.entry("lease", "13s"),
                    Map.entry("store", "jdbc"),
                    Map.entry("encryption-key", "none"),
                    Map.entry("memory.max-bytes", "14MB"),
                    Map.entry("jdbc.url", "jdbc:h2:mem:jobs"),
                    Map.entry("jdbc.username", "user"),
                    Map.entry("jdbc.password", "password"),
                    Map.entry("jdbc.table-prefix", "jobs_"),
                    Map.entry("jdbc.initialize-schema", "never"),
                    Map.entry("redis.uri", "redis://localhost"),
                    Map.entry("redis.key-prefix", "jobs:"),
                    Map.entry("webhooks.admin-token", "0123456789abcdef"),
                    Map.entry("webhooks.delivery-retention", "15d"),
                    Map.entry("webhooks.endpoints.billing.url", "http://10.0.0.1/"),
                    Map.entry("webhooks.endpoints.billing.events", "async_job.failed"),
                    Map.entry("webhooks.endpoints.billing.secret", WEBHOOK_SECRET),
                    Map.entry("webhooks.endpoints.billing.headers.X-Team", "x"),
                    Map.entry("webhooks.endpoints.billing.include-response", "true"),
                    Map.entry("webhooks.endpoints.billing.allow-private-network", "true"),
                    Map.entry("webhooks.endpoints.billing.disabled", "true"),
                    Map.entry("webhooks.endpoints.billing.max-retries", "16"),
                    Map.entry("webhooks.endpoints.billing.retry-backoff-initial", "17s"),
                    Map.entry("webhooks.endpoints.billing.retry-backoff-max", "18s"),
                    Map.entry("webhooks.endpoints.billing.attempt-timeout", "19s"),
                    Map.entry("webhooks.endpoints.billing.max-response-payload-kbs", "20"),
                    Map.entry("webhooks.endpoints.billing.max-concurrent-deliveries", "21")))
            .toConfig();

    assertThat(config)
        .isEqualTo(
            AsyncJobsConfig.builder()
                .enabled(true)
                .pathPrefix("/jobs")
                .targetPrefix("/api")
                .routes(List.of("chat/completions", "mine"))
                .headerAnswers(HeaderAnswers.ENVELOPE)
                .target(URI.create("http://127.0.0.1:8080"))
                .defaultResultTtl(Duration.ofHours(2))
                .maxResultTtl(Duration.ofDays(3))
                .maxWait(Duration.ofSeconds(4))
                .maxConcurrency(5)
                .queueCapacity(6)
                .maxJobsPerCaller(7)
                .maxRequestSize(8L << 20)
                .maxResponseSize(9L << 10)
                .runTimeout(Duration.ofMinutes(10))
                .drainTimeout(Duration.ofSeconds(11))
                .maxAttempts(12)
                .lease(Duration.ofSeconds(13))
                .store(StoreType.JDBC)
                .encryptionKey("none")
                .memoryMaxBytes(14L << 20)
                .jdbcUrl("jdbc:h2:mem:jobs")
                .jdbcUsername("user")
                .jdbcPassword("password")
                .jdbcTablePrefix("jobs_")
                .jdbcInitializeSchema(JdbcSettings.InitializeSchema.NEVER)
                .redisUri("redis://localhost")
                .redisKeyPrefix("jobs:")
                .webhooksAdminToken("0123456789abcdef")
                .webhooksDeliveryRetention(Duration.ofDays(15))
                .webhookEndpoint(
                    new WebhookEndpointConfig(
                        "billing",
                        "http://10.0.0.1/",
                        List.of("async_job.failed"),
                        WEBHOOK_SECRET,
                        Map.of("X-Team", "x"),
                        true,
                        true,
                        true,
                        16,
                        Duration.ofSeconds(17),
                        Duration.ofSeconds(18),
                        Duration.ofSeconds(19),
                        20,
                        21))
                .build());
  }

  @Test
  void aDataSourceOfTheContainersArrivesInTheCore() {
    assertThat(bound(Map.of("jdbc.jndi-name", "jdbc/app")).toConfig().jdbc().jndiName())
        .contains("jdbc/app");
  }

  @Test
  void nothingSecretIsShown() {
    assertThat(
            bound(
                    Map.of(
                        "encryption-key", "s3cret",
                        "jdbc.url", "jdbc:s3cret",
                        "jdbc.password", "s3cret",
                        "redis.uri", "redis://:s3cret@h",
                        "webhooks.admin-token", "s3cret",
                        "webhooks.endpoints.billing.url", "https://h/s3cret",
                        "webhooks.endpoints.billing.secret", "s3cret",
                        "webhooks.endpoints.billing.headers.x", "s3cret"))
                .toString())
        .doesNotContain("s3cret");
  }

  @Test
  void anEmptyTargetIsNone() {
    assertThat(bound(Map.of("target", "")).toConfig()).isEqualTo(AsyncJobsConfig.defaults());
  }

  private static AsyncJobsProperties bound(Map<String, String> settings) {
    Map<String, String> prefixed =
        settings.entrySet().stream()
            .collect(
                Collectors.toMap(entry -> "bifrost.async." + entry.getKey(), Map.Entry::getValue));
    return new Binder(new MapConfigurationPropertySource(prefixed))
        .bindOrCreate("bifrost.async", AsyncJobsProperties.class);
  }

  private static Object valueOf(RecordComponent component, AsyncJobsProperties properties) {
    try {
      return component.getAccessor().invoke(properties);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Stream<String> names(RecordComponent component) {
    String name = dashed(component.getName());
    return component.getType().isRecord()
        ? Arrays.stream(component.getType().getRecordComponents())
            .map(part -> name + "." + dashed(part.getName()))
        : Stream.of(name);
  }

  private static String dashed(String camelCase) {
    return camelCase.replaceAll("([A-Z])", "-$1").toLowerCase(java.util.Locale.ROOT);
  }

  /** As the build generated it, less what the actuator's names are for. */
  private static Collection<JsonNode> metadata() throws IOException {
    try (var file =
        AsyncJobsProperties.class.getResourceAsStream(
            "/META-INF/spring-configuration-metadata.json")) {
      Stream<JsonNode> all = new ObjectMapper().readTree(file).path("properties").valueStream();
      return all.filter(property -> property.path("name").asText().startsWith("bifrost.")).toList();
    }
  }
}

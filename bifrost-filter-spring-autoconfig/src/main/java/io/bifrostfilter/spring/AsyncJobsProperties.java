package io.bifrostfilter.spring;

import io.bifrostfilter.AsyncJobsConfig;
import io.bifrostfilter.JdbcSettings.InitializeSchema;
import io.bifrostfilter.StoreType;
import io.bifrostfilter.WebhookEndpointConfig;
import io.bifrostfilter.http.HeaderAnswers;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.util.unit.DataSize;

/**
 * What an application's configuration says of async jobs. What it does not say is null here, and is
 * what {@link AsyncJobsConfig#defaults()} says. A name that nobody knows ends the start-up.
 * Immutable.
 *
 * @param enabled Whether the filter is there at all. On unless set to false.
 * @param pathPrefix Where the path surface begins, such as /v1/async.
 * @param targetPrefix What stands in the place of the path prefix in the application's own paths,
 *     such as /v1.
 * @param routes Routes of the path surface, such as chat/completions, without a slash at either
 *     end.
 * @param headerAnswers What a request with x-bf-async is answered with: "native" is the route's own
 *     response type, "envelope" the job envelope.
 * @param target Base URI that jobs are played back to, such as http://127.0.0.1:8080. By default
 *     the address that the submit came in on.
 * @param defaultResultTtl How long a result is kept where the caller says nothing.
 * @param maxResultTtl The longest that a caller may have a result kept.
 * @param maxWait The longest that an answer is held back for "Prefer: wait".
 * @param maxConcurrency How many jobs run at once on this node. Keep it below the server's threads.
 * @param queueCapacity How many jobs may wait.
 * @param maxJobsPerCaller How many jobs of one caller may wait.
 * @param maxRequestSize The largest request body that a job can have.
 * @param maxResponseSize The largest response body that is recorded.
 * @param runTimeout How long the handler may take to answer one request.
 * @param drainTimeout How long a stop waits for running jobs. Keep it within
 *     spring.lifecycle.timeout-per-shutdown-phase.
 * @param maxAttempts How often a job is tried whose worker is lost.
 * @param lease How long a job stays with a worker that gives no sign of life.
 * @param store Where jobs are kept. A JobStore bean comes before this.
 * @param encryptionKey Keys by which stored jobs are encrypted: base64 of 32 bytes each, separated
 *     by commas, the current one first; or "none". All nodes need the same.
 * @param memory What concerns the memory store.
 * @param jdbc What concerns the JDBC store.
 * @param redis What concerns the Redis store.
 * @param webhooks What concerns webhooks.
 * @param filter How the filter is registered.
 */
@ConfigurationProperties(prefix = AsyncJobsProperties.PREFIX, ignoreUnknownFields = false)
public record AsyncJobsProperties(
    @Nullable Boolean enabled,
    @Nullable String pathPrefix,
    @Nullable String targetPrefix,
    @Nullable List<String> routes,
    @Nullable HeaderAnswers headerAnswers,
    @Nullable URI target,
    @Nullable Duration defaultResultTtl,
    @Nullable Duration maxResultTtl,
    @Nullable Duration maxWait,
    @Nullable Integer maxConcurrency,
    @Nullable Integer queueCapacity,
    @Nullable Integer maxJobsPerCaller,
    @Nullable DataSize maxRequestSize,
    @Nullable DataSize maxResponseSize,
    @Nullable Duration runTimeout,
    @Nullable Duration drainTimeout,
    @Nullable Integer maxAttempts,
    @Nullable Duration lease,
    @Nullable StoreType store,
    @Nullable String encryptionKey,
    @Nullable Memory memory,
    @Nullable Jdbc jdbc,
    @Nullable Redis redis,
    @Nullable Webhooks webhooks,
    @Nullable Filter filter) {

  static final String PREFIX = "bifrost.async";

  /**
   * The memory store.
   *
   * @param maxBytes What requests and results may take on the heap before submits are refused. By
   *     default a quarter of it.
   */
  public record Memory(@Nullable DataSize maxBytes) {}

  /**
   * The JDBC store.
   *
   * @param url JDBC URL of a database for the jobs alone. By default the application's DataSource
   *     is used.
   * @param username Beside the URL.
   * @param password Beside the URL.
   * @param jndiName Name of a DataSource of the container's.
   * @param tablePrefix What the names of the tables begin with.
   * @param initializeSchema Whether missing tables are created.
   */
  public record Jdbc(
      @Nullable String url,
      @Nullable String username,
      @Nullable String password,
      @Nullable String jndiName,
      @Nullable String tablePrefix,
      @Nullable InitializeSchema initializeSchema) {

    /** Without what may be secret. */
    @Override
    public String toString() {
      return "Jdbc[tablePrefix=" + tablePrefix + ", initializeSchema=" + initializeSchema + "]";
    }
  }

  /**
   * The Redis store.
   *
   * @param uri Redis URI of a server for the jobs alone. By default the application's Redis
   *     connection is used.
   * @param keyPrefix What the names of all keys begin with.
   */
  public record Redis(@Nullable String uri, @Nullable String keyPrefix) {

    /** Without what may be secret. */
    @Override
    public String toString() {
      return "Redis[keyPrefix=" + keyPrefix + "]";
    }
  }

  /**
   * Webhooks.
   *
   * @param adminToken Bearer token of administrators, who manage endpoints under /api/webhooks. At
   *     least 16 characters. Without one there is no such API.
   * @param deliveryRetention How long the history of deliveries is kept.
   * @param endpoints Endpoints by their names, which submits refer to. They cannot be changed
   *     through the API.
   */
  public record Webhooks(
      @Nullable String adminToken,
      @Nullable Duration deliveryRetention,
      @Nullable Map<String, Endpoint> endpoints) {

    /** Without what may be secret. */
    @Override
    public String toString() {
      return "Webhooks[deliveryRetention=" + deliveryRetention + "]";
    }
  }

  /**
   * An endpoint that the configuration declares.
   *
   * @param url URL to deliver to.
   * @param events Events that it is told, such as async_job.failed. All, if none is named.
   * @param secret What deliveries are signed with: whsec_ and 24 to 64 random bytes in base64.
   * @param headers Headers that each delivery carries.
   * @param includeResponse Whether a delivery carries the job's response.
   * @param allowPrivateNetwork Whether plain HTTP and private addresses are fine.
   * @param disabled Whether nothing is delivered, and submits that name it are refused.
   * @param maxRetries How often a delivery is tried again.
   * @param retryBackoffInitial How long to wait before the first retry; doubled for each after it.
   * @param retryBackoffMax The longest wait between two attempts.
   * @param attemptTimeout How long an attempt may take.
   * @param maxResponsePayloadKbs The longest response that a delivery carries, in KB.
   * @param maxConcurrentDeliveries How many attempts are made at once, on each node.
   */
  public record Endpoint(
      @Nullable String url,
      @Nullable List<String> events,
      @Nullable String secret,
      @Nullable Map<String, String> headers,
      @Nullable Boolean includeResponse,
      @Nullable Boolean allowPrivateNetwork,
      @Nullable Boolean disabled,
      @Nullable Integer maxRetries,
      @Nullable Duration retryBackoffInitial,
      @Nullable Duration retryBackoffMax,
      @Nullable Duration attemptTimeout,
      @Nullable Integer maxResponsePayloadKbs,
      @Nullable Integer maxConcurrentDeliveries) {

    WebhookEndpointConfig toConfig(String name) {
      return new WebhookEndpointConfig(
          name,
          url,
          events,
          secret,
          headers == null ? Map.of() : headers,
          includeResponse,
          allowPrivateNetwork,
          disabled,
          maxRetries,
          retryBackoffInitial,
          retryBackoffMax,
          attemptTimeout,
          maxResponsePayloadKbs,
          maxConcurrentDeliveries);
    }

    /** Without what may be secret. */
    @Override
    public String toString() {
      return "Endpoint[events=" + events + "]";
    }
  }

  /**
   * The registration of the filter.
   *
   * @param order Where the filter stands among the others. By default just after Spring Security.
   * @param urlPatterns Servlet URL patterns that the filter is mapped to. By default all requests.
   */
  public record Filter(@Nullable Integer order, @Nullable List<String> urlPatterns) {}

  /**
   * @throws io.bifrostfilter.InvalidConfigException if a value is not allowed
   */
  AsyncJobsConfig toConfig() {
    AsyncJobsConfig.Builder config = AsyncJobsConfig.builder();
    ifSet(enabled, config::enabled);
    ifSet(pathPrefix, config::pathPrefix);
    ifSet(targetPrefix, config::targetPrefix);
    ifSet(routes, config::routes);
    ifSet(headerAnswers, config::headerAnswers);
    ifSet(target, config::target);
    ifSet(defaultResultTtl, config::defaultResultTtl);
    ifSet(maxResultTtl, config::maxResultTtl);
    ifSet(maxWait, config::maxWait);
    ifSet(maxConcurrency, config::maxConcurrency);
    ifSet(queueCapacity, config::queueCapacity);
    ifSet(maxJobsPerCaller, config::maxJobsPerCaller);
    ifSet(maxRequestSize, size -> config.maxRequestSize(size.toBytes()));
    ifSet(maxResponseSize, size -> config.maxResponseSize(size.toBytes()));
    ifSet(runTimeout, config::runTimeout);
    ifSet(drainTimeout, config::drainTimeout);
    ifSet(maxAttempts, config::maxAttempts);
    ifSet(lease, config::lease);
    ifSet(store, config::store);
    ifSet(encryptionKey, config::encryptionKey);
    if (memory != null) {
      ifSet(memory.maxBytes(), size -> config.memoryMaxBytes(size.toBytes()));
    }
    if (jdbc != null) {
      ifSet(jdbc.url(), config::jdbcUrl);
      ifSet(jdbc.username(), config::jdbcUsername);
      ifSet(jdbc.password(), config::jdbcPassword);
      ifSet(jdbc.jndiName(), config::jdbcJndiName);
      ifSet(jdbc.tablePrefix(), config::jdbcTablePrefix);
      ifSet(jdbc.initializeSchema(), config::jdbcInitializeSchema);
    }
    if (redis != null) {
      ifSet(redis.uri(), config::redisUri);
      ifSet(redis.keyPrefix(), config::redisKeyPrefix);
    }
    if (webhooks != null) {
      ifSet(webhooks.adminToken(), config::webhooksAdminToken);
      ifSet(webhooks.deliveryRetention(), config::webhooksDeliveryRetention);
      ifSet(
          webhooks.endpoints(),
          all -> all.forEach((name, endpoint) -> config.webhookEndpoint(endpoint.toConfig(name))));
    }
    return config.build();
  }

  /** Without what may be secret. */
  @Override
  public String toString() {
    return "AsyncJobsProperties[store=" + store + "]";
  }

  /** The routes of the path surface, which are few, while those of the header surface are not. */
  public List<String> routeNames() {
    return toConfig().routes();
  }

  /** Not Boot's PropertyMapper, which changed between the lines. */
  private static <T> void ifSet(@Nullable T value, Consumer<? super T> setter) {
    if (value != null) {
      setter.accept(value);
    }
  }
}

package io.bifrostfilter;

import io.bifrostfilter.JdbcSettings.InitializeSchema;
import io.bifrostfilter.crypto.Keyring;
import io.bifrostfilter.crypto.TokenHash;
import io.bifrostfilter.http.HeaderAnswers;
import io.bifrostfilter.job.RequestType;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * All that can be configured, validated. This is the only place where defaults stand. Immutable.
 *
 * @param enabled whether the filter does anything; if not, every request passes
 * @param pathPrefix where the path surface begins ({@code /v1/async})
 * @param targetPrefix what stands in its place in the application's own paths ({@code /v1})
 * @param routes of the path surface, without a slash at either end
 * @param headerAnswers what the header surface answers with
 * @param target the base URI to play back to; empty to use the address that requests come in on
 * @param defaultResultTtl from completion to expiry, where the caller says nothing
 * @param maxResultTtl the longest that a caller may ask for
 * @param maxWait the longest that an answer is held for {@code Prefer: wait}
 * @param maxConcurrency jobs that run at once on this node; keep it below the container's threads
 * @param queueCapacity jobs that may wait
 * @param maxJobsPerCaller jobs of one caller that may wait
 * @param maxRequestSize in bytes
 * @param maxResponseSize in bytes
 * @param runTimeout for the handler to answer one request
 * @param drainTimeout for running jobs to end at a stop
 * @param maxAttempts how often a job whose worker is lost is tried
 * @param lease how long a job stays with a worker that gives no sign of life
 * @param store where jobs are kept, unless a store is given in code
 * @param encryptionKey the keys that the nodes of a cluster share, by which stored jobs are sealed
 *     and callers recognized; empty to make some up that end with the process
 * @param memoryMaxBytes what requests and results may take on the heap before submits are refused,
 *     if they are kept there
 * @param jdbc what concerns the JDBC store
 * @param redis what concerns the Redis store
 * @param webhooks what concerns webhooks
 */
public record AsyncJobsConfig(
    boolean enabled,
    String pathPrefix,
    String targetPrefix,
    List<String> routes,
    HeaderAnswers headerAnswers,
    Optional<URI> target,
    Duration defaultResultTtl,
    Duration maxResultTtl,
    Duration maxWait,
    int maxConcurrency,
    int queueCapacity,
    int maxJobsPerCaller,
    long maxRequestSize,
    long maxResponseSize,
    Duration runTimeout,
    Duration drainTimeout,
    int maxAttempts,
    Duration lease,
    StoreType store,
    Optional<Keyring> encryptionKey,
    long memoryMaxBytes,
    JdbcSettings jdbc,
    RedisSettings redis,
    WebhookSettings webhooks) {

  /** What an array can hold, less what the VM needs. */
  private static final long MAX_BODY = Integer.MAX_VALUE - 1024L;

  /** Shorter ones can be guessed. */
  private static final int MIN_TOKEN = 16;

  private static final Pattern PREFIX = Pattern.compile("(/[\\w.~-]+)+");
  private static final Pattern ROUTE = Pattern.compile("[\\w.~-]+(/[\\w.~-]+)*");

  /** Longer than anybody means, and short enough to count in nanoseconds. */
  private static final Duration MAX_TIME = Duration.ofDays(3650);

  public AsyncJobsConfig {
    routes = List.copyOf(routes);
    require(
        isPrefix(pathPrefix),
        "path-prefix",
        pathPrefix,
        "a path such as /v1/async, without a slash at its end");
    require(
        targetPrefix.isEmpty() || isPrefix(targetPrefix),
        "target-prefix",
        targetPrefix,
        "a path such as /v1, without a slash at its end, or nothing");
    require(
        !pathPrefix.equals(targetPrefix),
        "target-prefix",
        targetPrefix,
        "another path than path-prefix");
    for (String route : routes) {
      require(
          ROUTE.matcher(route).matches(),
          "routes",
          route,
          "routes such as chat/completions, without a slash at either end");
    }
    target.ifPresent(AsyncJobsConfig::requireBase);
    requireAtLeast(Duration.ofSeconds(1), "default-result-ttl", defaultResultTtl);
    requireAtLeast(Duration.ofSeconds(1), "max-result-ttl", maxResultTtl);
    if (defaultResultTtl.compareTo(maxResultTtl) > 0) {
      throw new InvalidConfigException(
          "default-result-ttl",
          defaultResultTtl.toString(),
          "at most max-result-ttl, which is " + maxResultTtl);
    }
    requireAtLeast(Duration.ZERO, "max-wait", maxWait);
    requireAtLeast(1, "max-concurrency", maxConcurrency);
    requireAtLeast(1, "queue-capacity", queueCapacity);
    requireAtLeast(1, "max-jobs-per-caller", maxJobsPerCaller);
    requireBodySize("max-request-size", maxRequestSize);
    requireBodySize("max-response-size", maxResponseSize);
    requireAtLeast(Duration.ofMillis(1), "run-timeout", runTimeout);
    requireAtLeast(Duration.ZERO, "drain-timeout", drainTimeout);
    requireAtLeast(1, "max-attempts", maxAttempts);
    requireAtLeast(Duration.ofMillis(30), "lease", lease);
    requireKey(store, encryptionKey);
    require(memoryMaxBytes >= 1, "memory.max-bytes", memoryMaxBytes, "at least 1B");
    requireAtLeast(
        Duration.ofMinutes(1), "webhooks.delivery-retention", webhooks.deliveryRetention());
  }

  /** What holds where nothing is said. */
  public static AsyncJobsConfig defaults() {
    return builder().build();
  }

  public static Builder builder() {
    return new Builder();
  }

  private static boolean isPrefix(String prefix) {
    return PREFIX.matcher(prefix).matches();
  }

  private static void requireBase(URI target) {
    boolean http =
        "http".equalsIgnoreCase(target.getScheme()) || "https".equalsIgnoreCase(target.getScheme());
    String path = target.getRawPath();
    require(
        http
            && target.getHost() != null
            && target.getRawUserInfo() == null
            && target.getRawQuery() == null
            && (path == null || path.isEmpty() || path.equals("/")),
        "target",
        target,
        "a base such as http://127.0.0.1:8080, without a path");
  }

  private static void requireKey(StoreType store, Optional<Keyring> encryptionKey) {
    if (store.isDurable() && encryptionKey.isEmpty()) {
      throw new InvalidConfigException(
          "encryption-key",
          "bifrost.async.encryption-key is missing. The store \""
              + store
              + "\" keeps requests, results and credentials, and encrypts them with it: give all"
              + " nodes the same, such as \"openssl rand -base64 32\" prints, or \"none\" to have"
              + " them stored as they are.");
    }
  }

  private static void requireBodySize(String name, long value) {
    require(value >= 1 && value <= MAX_BODY, name, value, "from 1B to 2047MB");
  }

  private static void requireAtLeast(long least, String name, long value) {
    // The message is put together only if it is needed, here and below: a start would wait for it.
    if (value < least) {
      throw new InvalidConfigException(
          name, Long.toString(value), "a whole number, at least " + least);
    }
  }

  private static void requireAtLeast(Duration least, String name, Duration value) {
    if (value.compareTo(least) < 0) {
      throw new InvalidConfigException(
          name, value.toString(), "a time of at least " + least.toMillis() + "ms");
    }
    if (value.compareTo(MAX_TIME) > 0) {
      throw new InvalidConfigException(
          name, value.toString(), "at most " + MAX_TIME.toDays() + "d");
    }
  }

  private static void require(boolean valid, String name, Object value, String allowed) {
    if (!valid) {
      throw new InvalidConfigException(name, value.toString(), allowed);
    }
  }

  /** Collects settings. For one thread. */
  public static final class Builder {

    private boolean enabled = true;
    private String pathPrefix = "/v1/async";
    private String targetPrefix = "/v1";
    private List<String> routes = RequestType.routes();
    private HeaderAnswers headerAnswers = HeaderAnswers.NATIVE;
    private @Nullable URI target;
    private Duration defaultResultTtl = Duration.ofHours(1);
    private Duration maxResultTtl = Duration.ofDays(7);
    private Duration maxWait = Duration.ofSeconds(60);
    private int maxConcurrency = 64;
    private int queueCapacity = 10_000;
    private int maxJobsPerCaller = 1_000;
    private long maxRequestSize = 32L * 1024 * 1024;
    private long maxResponseSize = 32L * 1024 * 1024;
    private Duration runTimeout = Duration.ofMinutes(10);
    private Duration drainTimeout = Duration.ofSeconds(30);
    private int maxAttempts = 3;
    private Duration lease = Duration.ofSeconds(30);
    private StoreType store = StoreType.MEMORY;
    private @Nullable Keyring encryptionKey;
    private long memoryMaxBytes = Runtime.getRuntime().maxMemory() / 4;
    private @Nullable String jdbcUrl;
    private @Nullable String jdbcUsername;
    private @Nullable String jdbcPassword;
    private @Nullable String jdbcJndiName;
    private String jdbcTablePrefix = "bifrost_";
    private InitializeSchema jdbcInitializeSchema = InitializeSchema.ALWAYS;
    private @Nullable String redisUri;
    private String redisKeyPrefix = "bifrost:";
    private @Nullable TokenHash webhooksAdminToken;
    private Duration webhooksDeliveryRetention = Duration.ofDays(30);
    private final List<WebhookEndpointConfig> webhookEndpoints = new ArrayList<>();

    private Builder() {}

    public Builder enabled(boolean value) {
      enabled = value;
      return this;
    }

    public Builder pathPrefix(String value) {
      pathPrefix = value;
      return this;
    }

    public Builder targetPrefix(String value) {
      targetPrefix = value;
      return this;
    }

    public Builder routes(List<String> value) {
      routes = value;
      return this;
    }

    public Builder headerAnswers(HeaderAnswers value) {
      headerAnswers = value;
      return this;
    }

    public Builder target(URI value) {
      target = value;
      return this;
    }

    public Builder defaultResultTtl(Duration value) {
      defaultResultTtl = value;
      return this;
    }

    public Builder maxResultTtl(Duration value) {
      maxResultTtl = value;
      return this;
    }

    public Builder maxWait(Duration value) {
      maxWait = value;
      return this;
    }

    public Builder maxConcurrency(int value) {
      maxConcurrency = value;
      return this;
    }

    public Builder queueCapacity(int value) {
      queueCapacity = value;
      return this;
    }

    public Builder maxJobsPerCaller(int value) {
      maxJobsPerCaller = value;
      return this;
    }

    public Builder maxRequestSize(long bytes) {
      maxRequestSize = bytes;
      return this;
    }

    public Builder maxResponseSize(long bytes) {
      maxResponseSize = bytes;
      return this;
    }

    public Builder runTimeout(Duration value) {
      runTimeout = value;
      return this;
    }

    public Builder drainTimeout(Duration value) {
      drainTimeout = value;
      return this;
    }

    public Builder maxAttempts(int value) {
      maxAttempts = value;
      return this;
    }

    public Builder lease(Duration value) {
      lease = value;
      return this;
    }

    public Builder store(StoreType value) {
      store = value;
      return this;
    }

    /**
     * @param keys base64 of 32 bytes each, separated by commas, the current one first; or {@code
     *     none} to have nothing encrypted
     * @throws InvalidConfigException if it is neither; the message does not repeat it
     */
    public Builder encryptionKey(String keys) {
      try {
        encryptionKey = Keyring.parse(keys);
      } catch (IllegalArgumentException e) {
        throw new InvalidConfigException(
            "encryption-key",
            InvalidConfigException.PREFIX
                + "encryption-key must be base64 of 32 bytes, such as \"openssl rand -base64 32\""
                + " prints; more than one are separated by commas, the current one first; or"
                + " \"none\". But "
                + e.getMessage()
                + ".");
      }
      return this;
    }

    public Builder memoryMaxBytes(long bytes) {
      memoryMaxBytes = bytes;
      return this;
    }

    public Builder jdbcUrl(String value) {
      jdbcUrl = value;
      return this;
    }

    public Builder jdbcUsername(String value) {
      jdbcUsername = value;
      return this;
    }

    public Builder jdbcPassword(String value) {
      jdbcPassword = value;
      return this;
    }

    public Builder jdbcJndiName(String value) {
      jdbcJndiName = value;
      return this;
    }

    public Builder jdbcTablePrefix(String value) {
      jdbcTablePrefix = value;
      return this;
    }

    public Builder jdbcInitializeSchema(InitializeSchema value) {
      jdbcInitializeSchema = value;
      return this;
    }

    public Builder redisUri(String value) {
      redisUri = value;
      return this;
    }

    public Builder redisKeyPrefix(String value) {
      redisKeyPrefix = value;
      return this;
    }

    /**
     * @param token of 16 characters or more; only a hash of it is kept
     * @throws InvalidConfigException if it is shorter; the message does not repeat it
     */
    public Builder webhooksAdminToken(String token) {
      if (token.length() < MIN_TOKEN) {
        throw new InvalidConfigException(
            "webhooks.admin-token",
            InvalidConfigException.PREFIX
                + "webhooks.admin-token must be at least "
                + MIN_TOKEN
                + " characters long, such as \"openssl rand -hex 32\" prints.");
      }
      webhooksAdminToken = TokenHash.of(token);
      return this;
    }

    public Builder webhooksDeliveryRetention(Duration value) {
      webhooksDeliveryRetention = value;
      return this;
    }

    /** Declares one more endpoint. */
    public Builder webhookEndpoint(WebhookEndpointConfig endpoint) {
      webhookEndpoints.add(endpoint);
      return this;
    }

    /**
     * @throws InvalidConfigException if a value is not allowed; the message names it and says what
     *     is
     */
    public AsyncJobsConfig build() {
      return new AsyncJobsConfig(
          enabled,
          pathPrefix,
          targetPrefix,
          routes,
          headerAnswers,
          Optional.ofNullable(target),
          defaultResultTtl,
          maxResultTtl,
          maxWait,
          maxConcurrency,
          queueCapacity,
          maxJobsPerCaller,
          maxRequestSize,
          maxResponseSize,
          runTimeout,
          drainTimeout,
          maxAttempts,
          lease,
          store,
          Optional.ofNullable(encryptionKey),
          memoryMaxBytes,
          new JdbcSettings(
              Optional.ofNullable(jdbcUrl),
              Optional.ofNullable(jdbcUsername),
              Optional.ofNullable(jdbcPassword),
              Optional.ofNullable(jdbcJndiName),
              jdbcTablePrefix,
              jdbcInitializeSchema),
          new RedisSettings(Optional.ofNullable(redisUri), redisKeyPrefix),
          new WebhookSettings(
              Optional.ofNullable(webhooksAdminToken),
              webhooksDeliveryRetention,
              webhookEndpoints.stream().map(WebhookEndpointConfig::declared).toList()));
    }
  }
}

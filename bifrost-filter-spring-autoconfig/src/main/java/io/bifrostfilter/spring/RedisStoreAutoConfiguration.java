package io.bifrostfilter.spring;

import io.bifrostfilter.AsyncJobs;
import io.bifrostfilter.AsyncJobsConfig;
import io.bifrostfilter.InvalidConfigException;
import io.bifrostfilter.redis.RedisJobStore;
import io.bifrostfilter.store.JobStore;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.autoconfigure.condition.NoneNestedConditions;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Conditional;
import org.springframework.data.redis.connection.RedisConnectionFactory;
import org.springframework.data.redis.connection.lettuce.LettuceConnectionFactory;

/**
 * Keeps the jobs where the application's own Redis settings lead ({@code spring.data.redis.*}),
 * unless {@code bifrost.async.redis.uri} names a server for the jobs alone.
 */
@AutoConfiguration(
    before = AsyncJobsAutoConfiguration.class,
    afterName = {
      "org.springframework.boot.autoconfigure.data.redis.RedisAutoConfiguration",
      "org.springframework.boot.data.redis.autoconfigure.DataRedisAutoConfiguration"
    })
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnClass({RedisJobStore.class, LettuceConnectionFactory.class})
@ConditionalOnBooleanProperty(
    prefix = AsyncJobsProperties.PREFIX,
    name = "enabled",
    matchIfMissing = true)
@ConditionalOnProperty(prefix = AsyncJobsProperties.PREFIX, name = "store", havingValue = "redis")
@Conditional(RedisStoreAutoConfiguration.NoServerOfItsOwn.class)
@ConditionalOnBean(RedisConnectionFactory.class)
@ConditionalOnMissingBean({JobStore.class, AsyncJobs.class})
@EnableConfigurationProperties(AsyncJobsProperties.class)
public final class RedisStoreAutoConfiguration {

  /**
   * Over connections of its own, made by the application's client. Two clients of which neither is
   * primary are an error: the jobs can be behind one only.
   */
  @Bean
  RedisJobStore asyncJobStore(AsyncJobsProperties properties, RedisConnectionFactory connections) {
    AsyncJobsConfig config = properties.toConfig();
    if (!(connections instanceof LettuceConnectionFactory lettuce)) {
      throw new InvalidConfigException(
          "redis.uri",
          "bifrost.async.store is \"redis\", which needs Lettuce, but the application's Redis"
              + " connections are of "
              + connections.getClass().getName()
              + ". Name the server in bifrost.async.redis.uri, such as redis://localhost:6379.");
    }
    // It may have been told to start with the context only, which is after this.
    lettuce.start();
    try {
      return RedisJobStore.builder()
          .client(lettuce::getRequiredNativeClient)
          .keyPrefix(config.redis().keyPrefix())
          .keyring(config.encryptionKey().orElseThrow())
          .build();
    } catch (IllegalArgumentException e) {
      throw new InvalidConfigException("redis", "bifrost.async.redis: " + e.getMessage());
    }
  }

  @Bean
  RedisStoreLifecycle asyncJobStoreLifecycle(
      AsyncJobs jobs, RedisJobStore asyncJobStore, RedisConnectionFactory connections) {
    return new RedisStoreLifecycle(jobs, asyncJobStore, connections);
  }

  /** Where the jobs have one, the core finds it by itself. */
  static final class NoServerOfItsOwn extends NoneNestedConditions {

    NoServerOfItsOwn() {
      super(ConfigurationPhase.PARSE_CONFIGURATION);
    }

    @ConditionalOnProperty(prefix = AsyncJobsProperties.PREFIX, name = "redis.uri")
    static final class Uri {}
  }
}

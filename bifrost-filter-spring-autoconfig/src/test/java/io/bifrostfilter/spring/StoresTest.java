package io.bifrostfilter.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.bifrostfilter.store.JobStore;
import io.lettuce.core.RedisClient;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.NoUniqueBeanDefinitionException;
import org.springframework.boot.SpringBootVersion;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import redis.embedded.RedisServer;

/** An application that has a database and a Redis keeps its jobs there, if it is told to. */
@ExtendWith(OutputCaptureExtension.class)
@DisplayName("The application's `DataSource` and Redis")
class StoresTest {

  private static final String RERANK = "{\"model\":\"m\",\"query\":\"q\",\"documents\":[\"d\"]}";
  private static final String KEY = "bifrost.async.encryption-key=" + "A".repeat(43) + "=";
  private static final String[] ALICE = {"Authorization", "Bearer alice"};
  private static final String[] BOB = {"Authorization", "Bearer bob"};

  private static RedisServer redis;
  private static int redisPort;

  @TempDir Path directory;

  @BeforeAll
  static void startRedis() throws IOException {
    assertThat(SpringBootVersion.getVersion()).isEqualTo(System.getProperty("expected.boot"));
    redisPort = freePort();
    redis =
        RedisServer.newRedisServer()
            .port(redisPort)
            .bind("127.0.0.1")
            .setting("requirepass secret")
            .setting("save \"\"")
            .build();
    redis.start();
  }

  @AfterAll
  static void stopRedis() throws IOException {
    redis.stop();
  }

  @Test
  void theApplicationsDatabaseKeepsJobsFromOneRunToTheNext(CapturedOutput output) throws Exception {
    String[] properties = settings("bifrost.async.store=jdbc");
    String location = leftBehind(properties);

    assertThat(tables()).contains("BIFROST_JOBS", "BIFROST_REQUESTS", "BIFROST_RESULTS");
    assertIsDone(location, properties);
    assertThat(anyKey(3)).isNull();
    assertThat(output).doesNotContain(" ERROR ").doesNotContain(" WARN ");
  }

  @Test
  void theApplicationsRedisKeepsJobsFromOneRunToTheNext(CapturedOutput output) throws Exception {
    String[] properties =
        settings("bifrost.async.store=redis", "bifrost.async.redis.key-prefix=shop:");
    String location = leftBehind(properties);

    assertThat(anyKey(3)).startsWith("{shop}:");
    assertThat(anyKey(0)).isNull();
    assertIsDone(location, properties);
    assertThat(tables()).isEmpty();
    assertThat(output).doesNotContain(" ERROR ").doesNotContain("already closed");
    flush(3);
  }

  @Test
  void aContextThatIsPausedBetweenTestsFindsItsJobsAgainWhereTheFrameworkCanDoThat()
      throws Exception {
    try (var app = BootApp.start(Handlers.class, settings("bifrost.async.store=redis"))) {
      String before = app.submitChat();
      app.whenDone(before);
      for (String step : List.of("pause", "restart")) {
        // Spring Framework 7 has these; there is nothing to break in 6.
        for (var method : app.context().getClass().getMethods()) {
          if (method.getName().equals(step) && method.getParameterCount() == 0) {
            method.invoke(app.context());
          }
        }
      }

      assertTimeoutPreemptively(
          Duration.ofSeconds(20),
          () -> {
            while (app.get(before).status() == 503) {
              Thread.onSpinWait();
            }
          });
      assertThat(app.get(before).status()).isEqualTo(200);
      assertThat(app.whenDone(app.submitChat()).path("status").asText()).isEqualTo("completed");
    }
    flush(3);
  }

  @Test
  void tablesThatAreMissingAndNotToBeMadeAreAskedFor(CapturedOutput output) {
    String[] properties =
        settings("bifrost.async.store=jdbc", "bifrost.async.jdbc.initialize-schema=never");

    assertThat(catchThrowable(() -> BootApp.start(Handlers.class, properties))).isNotNull();

    assertThat(output)
        .contains("APPLICATION FAILED TO START")
        .contains("The tables of the jdbc store are missing")
        .contains("Set bifrost.async.jdbc.initialize-schema to a value that is allowed");
  }

  @Test
  void withoutTheSettingNothingOfItIsThere() throws Exception {
    try (var app = BootApp.start(Handlers.class, settings())) {
      app.whenDone(app.submitChat());
    }

    assertThat(tables()).isEmpty();
    assertThat(anyKey(3)).isNull();
  }

  @Test
  void aServerForTheJobsAloneComesBeforeTheApplicationsOwn() throws Exception {
    String uri = "redis://:secret@127.0.0.1:" + redisPort + "/5";
    try (var app =
        BootApp.start(
            Handlers.class,
            settings("bifrost.async.store=redis", "bifrost.async.redis.uri=" + uri))) {
      app.whenDone(app.submitChat());

      assertThat(app.context().getBeanProvider(JobStore.class)).isEmpty();
      assertThat(anyKey(5)).isNotNull();
      assertThat(anyKey(3)).isNull();
    }
    flush(5);
  }

  @Test
  void aStoreBeanComesBeforeBoth() throws Exception {
    for (String store : List.of("redis", "jdbc")) {
      try (var app =
          BootApp.start(
              OwnStoreBesideTwoDatabases.class, settings("bifrost.async.store=" + store))) {
        app.whenDone(app.submitChat());

        assertThat(app.context().getBeansOfType(JobStore.class)).containsOnlyKeys("ownStore");
      }
    }
    assertThat(anyKey(3)).isNull();
  }

  @Test
  void ofTwoDatabasesOneMustBePrimary() {
    assertThatThrownBy(
            () -> BootApp.start(TwoDatabases.class, settings("bifrost.async.store=jdbc")))
        .hasRootCauseInstanceOf(NoUniqueBeanDefinitionException.class);
  }

  @Test
  void aRedisThatIsAwayIsExplained(CapturedOutput output) throws Exception {
    String nobodyThere = "spring.data.redis.port=" + freePort();
    failsToStart("bifrost.async.store=redis", nobodyThere);

    assertThat(output)
        .containsSubsequence(
            "APPLICATION FAILED TO START",
            "The store of the async jobs cannot be used: Redis cannot be reached (Connection"
                + " refused",
            "Action:");
  }

  @Test
  void tablesThatAreMissingAreNamed(CapturedOutput output) {
    failsToStart("bifrost.async.store=jdbc", "bifrost.async.jdbc.initialize-schema=never");

    assertThat(output)
        .contains("The tables of the jdbc store are missing")
        .contains("io/bifrostfilter/store/jdbc/schema-h2.sql");
  }

  /** Has an application take a job and stop in the middle of it. */
  private static String leftBehind(String... properties) throws InterruptedException {
    try (var app = BootApp.start(Handlers.class, properties)) {
      var handlers = app.context().getBean(Handlers.class);
      String location = app.submit("/v1/async/rerank", RERANK, ALICE);
      assertThat(handlers.entered.await(20, TimeUnit.SECONDS)).isTrue();
      app.close();
      handlers.gate.countDown();
      return location;
    }
  }

  /** Has the next one run it, and answer whom it belongs to. */
  private static void assertIsDone(String location, String... properties) {
    try (var app = BootApp.start(Handlers.class, properties)) {
      app.context().getBean(Handlers.class).gate.countDown();

      var job = app.whenDone(location, ALICE);
      assertThat(job.path("status").asText()).isEqualTo("completed");
      assertThat(job.path("result").path("kind").asText()).isEqualTo("slow");
      assertThat(app.get(location, BOB).status()).isEqualTo(404);
    }
  }

  private void failsToStart(String... properties) {
    assertThat(catchThrowable(() -> BootApp.start(Handlers.class, settings(properties))))
        .isNotNull();
  }

  /** Those of the application, and what is said of jobs; the last one counts. */
  private String[] settings(String... ofJobs) {
    var all = new ArrayList<String>();
    all.add("spring.datasource.url=" + databaseUrl());
    all.add("spring.datasource.username=sa");
    if (List.of(ofJobs).stream().noneMatch(each -> each.startsWith("spring.data.redis.port="))) {
      all.add("spring.data.redis.port=" + redisPort);
    }
    all.add("spring.data.redis.host=127.0.0.1");
    all.add("spring.data.redis.password=secret");
    all.add("spring.data.redis.database=3");
    all.add("bifrost.async.drain-timeout=0s");
    all.add("spring.lifecycle.timeout-per-shutdown-phase=500ms");
    all.add(KEY);
    all.addAll(List.of(ofJobs));
    return all.toArray(String[]::new);
  }

  private String databaseUrl() {
    return "jdbc:h2:file:" + directory.resolve("app").toAbsolutePath();
  }

  /** Of the application's database, which nobody has open by now. */
  private List<String> tables() throws SQLException {
    try (var connection = DriverManager.getConnection(databaseUrl(), "sa", "");
        var rows = connection.getMetaData().getTables(null, "PUBLIC", "%", null)) {
      var names = new ArrayList<String>();
      while (rows.next()) {
        names.add(rows.getString("TABLE_NAME"));
      }
      return names;
    }
  }

  /** Null if there is none. */
  private static @Nullable String anyKey(int database) {
    try (var client = client(database)) {
      return client.connect().sync().randomkey();
    }
  }

  private static void flush(int database) {
    try (var client = client(database)) {
      client.connect().sync().flushdb();
    }
  }

  private static RedisClient client(int database) {
    return RedisClient.create("redis://:secret@127.0.0.1:" + redisPort + "/" + database);
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Configuration(proxyBeanMethods = false)
  @Import(Handlers.class)
  static class TwoDatabases {

    @Bean
    DataSource one() {
      return unused();
    }

    @Bean
    DataSource other() {
      return unused();
    }

    private static DataSource unused() {
      return (DataSource)
          Proxy.newProxyInstance(
              StoresTest.class.getClassLoader(),
              new Class<?>[] {DataSource.class},
              (proxy, method, arguments) -> {
                throw new UnsupportedOperationException(method.toString());
              });
    }
  }

  @Configuration(proxyBeanMethods = false)
  @Import(TwoDatabases.class)
  static class OwnStoreBesideTwoDatabases {

    @Bean
    JobStore ownStore() {
      return ObservedStore.inMemory(call -> {});
    }
  }
}

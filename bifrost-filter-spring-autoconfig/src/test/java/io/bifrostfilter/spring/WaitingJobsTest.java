package io.bifrostfilter.spring;

import static org.assertj.core.api.Assertions.assertThat;

import io.bifrostfilter.job.Job;
import io.bifrostfilter.job.JobStatus;
import io.bifrostfilter.store.JobListener;
import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.memory.MemoryJobStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.server.handler.ContextHandler;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.web.servlet.ServletContextInitializer;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** Jobs that an application leaves behind in a store that outlives it, and the next one finds. */
class WaitingJobsTest {

  private static final String RERANK = "{\"model\":\"m\",\"query\":\"q\",\"documents\":[\"d\"]}";

  private final JobStore store = new MemoryJobStore(Clock.systemUTC(), 1 << 20);
  private final BlockingQueue<UUID> done = new LinkedBlockingQueue<>();

  @BeforeEach
  void listen() {
    store.subscribe(
        (id, change) -> {
          if (change == JobListener.Change.DONE) {
            done.add(id);
          }
        });
  }

  @Test
  void aJobThatStillRunsWhenTheServerClosesIsLeftForTheNext() throws Exception {
    UUID id = leftBehind("bifrost.async.drain-timeout=25s");

    Job left = store.find(id).orElseThrow();
    assertThat(left.status()).isEqualTo(JobStatus.PENDING);
    assertThat(left.attempts()).isZero();
  }

  @Test
  void aJobThatStillRunsAfterTheDrainIsLeftForTheNextWhichRunsItBeforeAnyRequest()
      throws Exception {
    UUID id = leftBehind("bifrost.async.drain-timeout=0s");
    assertThat(store.find(id).orElseThrow().status()).isEqualTo(JobStatus.PENDING);

    assertRuns(id);
  }

  @Test
  void aWaitingJobRunsOverTls(@TempDir Path directory) throws Exception {
    Path keyStore = directory.resolve("own.p12");
    ServerSettingsTest.makeCertificate(keyStore);
    String[] tls = {
      "server.ssl.key-store=" + keyStore.toUri(),
      "server.ssl.key-store-password=changeit",
      "server.address=127.0.0.1"
    };
    UUID id = leftBehind("bifrost.async.drain-timeout=0s", tls);

    assertRuns(id, tls);
  }

  @Test
  void aWaitingJobIsNotPlayedBackToAConfiguredTargetBeforeTheServerListensThere() throws Exception {
    UUID id = leftBehind("bifrost.async.drain-timeout=0s");
    int port = freePort();

    assertRuns(id, "server.port=" + port, "bifrost.async.target=http://127.0.0.1:" + port);
    assertThat(store.find(id).orElseThrow().attempts()).isEqualTo(1);
  }

  @Test
  void aWaitingJobRunsWhereBeansAreMadeOnlyWhenTheyAreWanted() throws Exception {
    UUID id = leftBehind("bifrost.async.drain-timeout=0s");

    assertRuns(id, "spring.main.lazy-initialization=true");
  }

  /** Has an application take a job and stop in the middle of it. */
  private UUID leftBehind(String drainTimeout, String... more) throws InterruptedException {
    var properties = new ArrayList<>(List.of(more));
    properties.add(drainTimeout);
    properties.add("spring.lifecycle.timeout-per-shutdown-phase=500ms");
    try (var context = start(properties.toArray(String[]::new))) {
      var handlers = context.getBean(Handlers.class);
      var app = BootApp.of(context);
      String location = app.submit("/v1/async/rerank", RERANK);
      assertThat(handlers.entered.await(20, TimeUnit.SECONDS)).isTrue();
      UUID id = UUID.fromString(location.substring(location.lastIndexOf('/') + 1));
      context.close();
      handlers.gate.countDown();
      assertThat(done).isEmpty();
      return id;
    }
  }

  private void assertRuns(UUID id, String... properties) throws InterruptedException {
    try (var context = start(properties)) {
      context.getBean(Handlers.class).gate.countDown();

      assertThat(done.poll(20, TimeUnit.SECONDS)).isEqualTo(id);
      Job job = store.find(id).orElseThrow();
      assertThat(job.status()).as(String.valueOf(job.outcome())).isEqualTo(JobStatus.COMPLETED);
    }
  }

  private ConfigurableApplicationContext start(String... properties) {
    var application = new SpringApplication(App.class);
    application.addInitializers(
        (ApplicationContextInitializer<ConfigurableApplicationContext>)
            context -> {
              var beans = context.getBeanFactory();
              // Registered from outside, it is nobody's to close.
              beans.registerSingleton("outlivingStore", store);
            });
    var all = new ArrayList<>(List.of(properties));
    all.add("spring.autoconfigure.exclude=" + BootApp.securityAutoConfigurations());
    return BootApp.run(application, all.toArray(String[]::new));
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Configuration(proxyBeanMethods = false)
  @EnableAutoConfiguration
  @Import({Handlers.class, HastyJetty.class})
  static class App {}

  /**
   * Jetty, once its connections are closed, waits half of this for handlers that still run before
   * it interrupts them: 2.5 s by default, for a handler that here waits for the test. What it then
   * does stays the same.
   */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(name = "org.eclipse.jetty.server.handler.ContextHandler")
  static class HastyJetty {

    private static final long STOP_MILLIS = 500;

    /** By Jetty's own API, since that of Spring Boot differs between the lines. */
    @Bean
    ServletContextInitializer stopTimeout() {
      return context -> {
        var handler = ContextHandler.getCurrentContextHandler();
        // Null where Jetty is there and another server runs.
        if (handler != null) {
          ((QueuedThreadPool) handler.getServer().getThreadPool()).setStopTimeout(STOP_MILLIS);
        }
      };
    }
  }
}

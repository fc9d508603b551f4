package io.bifrostfilter.benchmarks.parts;

import io.bifrostfilter.AsyncJobFilter;
import io.bifrostfilter.AsyncJobs;
import io.bifrostfilter.benchmarks.server.Container;
import io.bifrostfilter.dispatch.PlaybackMarkers;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.NullUnmarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The filter's decision for a request that is not ours. The request is one that a container holds
 * open meanwhile: its own object, with the headers that an SDK sends.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@NullUnmarked // what JMH sets up is there when it is used
public class DecisionBenchmark {

  /** A servlet container. */
  @Param({"jetty", "tomcat"})
  public String container;

  /** Only a POST can be a submit, so that more is looked at. */
  @Param({"GET", "POST"})
  public String method;

  private final FilterChain chain = new Reached();
  private final CountDownLatch measured = new CountDownLatch(1);
  private AsyncJobFilter filter;
  private Container running;
  private HttpServletRequest request;
  private HttpServletResponse response;
  private CompletableFuture<HttpResponse<Void>> answer;

  /** Has a container hold a request open. */
  @Setup
  public void holdRequestOpen() throws Exception {
    Logger.getLogger("").setLevel(Level.WARNING);
    filter = AsyncJobs.builder().build().filter();
    var holding = new Holding(measured);
    running = Container.start(container, Optional.of(filter), holding);
    answer =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .build()
            .sendAsync(
                HttpRequest.newBuilder(
                        URI.create(
                            "http://127.0.0.1:" + running.port() + "/v1/chat/completions?a=b"))
                    .method(method, HttpRequest.BodyPublishers.ofString("{}"))
                    .header("Content-Type", "application/json")
                    .header("Accept", "application/json")
                    .header("Accept-Encoding", "gzip, deflate")
                    .header("Authorization", "Bearer sk-0123456789abcdef0123456789abcdef")
                    .header("X-Stainless-Lang", "python")
                    .header("X-Stainless-Package-Version", "1.99.0")
                    .header("X-Stainless-OS", "Linux")
                    .header("X-Stainless-Arch", "x64")
                    .header("X-Stainless-Runtime", "CPython")
                    .header("X-Stainless-Runtime-Version", "3.12.0")
                    .header("X-Stainless-Async", "false")
                    .header("X-Stainless-Retry-Count", "0")
                    .header("X-Stainless-Read-Timeout", "600")
                    .build(),
                HttpResponse.BodyHandlers.discarding());
    request = holding.request.get();
    response = holding.response.get();
  }

  /** Lets it go. */
  @TearDown
  public void letGo() throws Exception {
    measured.countDown();
    answer.get();
    running.stop().run();
  }

  /** What everyone pays. */
  @Benchmark
  public void chainAlone() throws IOException, ServletException {
    chain.doFilter(request, response);
  }

  /** What one pays with the filter. */
  @Benchmark
  public void throughTheFilter() throws IOException, ServletException {
    filter.doFilter(request, response, chain);
  }

  /**
   * What the container takes to look for the fields that decide, none of which is there, and
   * nothing else.
   */
  @Benchmark
  public boolean looksAlone() {
    boolean found = request.getHeader("x-bf-async-id") != null;
    if (method.equals("POST")) {
      found |= request.getHeader(PlaybackMarkers.HEADER) != null;
      found |= request.getHeader("x-bf-async") != null;
      found |= request.getHeader("Prefer") != null;
    }
    return found;
  }

  /** Where the request goes on. */
  private static final class Reached implements FilterChain {

    private Object last;

    @Override
    public void doFilter(
        jakarta.servlet.ServletRequest request, jakarta.servlet.ServletResponse response) {
      last = request;
    }

    @Override
    public String toString() {
      return "reached by " + last;
    }
  }

  /** Gives its request away, and does not end before that is done with. */
  private static final class Holding extends HttpServlet {

    private static final long serialVersionUID = 1L;

    private final transient CompletableFuture<HttpServletRequest> request =
        new CompletableFuture<>();
    private final transient CompletableFuture<HttpServletResponse> response =
        new CompletableFuture<>();
    private final transient CountDownLatch end;

    Holding(CountDownLatch end) {
      this.end = end;
    }

    @Override
    protected void service(HttpServletRequest req, HttpServletResponse res) {
      response.complete(res);
      request.complete(req);
      try {
        end.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}

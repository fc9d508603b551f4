package io.bifrostfilter.benchmarks.load;

import io.bifrostfilter.benchmarks.process.Commands;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.client.StringRequestContent;
import org.eclipse.jetty.client.transport.HttpClientTransportOverHTTP;

/** The process that {@link JettyGenerator} sends from. */
final class JettyGeneratorMain {

  private JettyGeneratorMain() {}

  public static void main(String[] arguments) throws Exception {
    HttpClient client = client();
    client.start();
    new Commands()
        .on(
            "send",
            line -> {
              List<String> words = List.of(line.split("\t", -1));
              var load =
                  new Load(
                      words.get(0),
                      URI.create(words.get(1)),
                      words.subList(6, words.size()),
                      words.get(4),
                      Integer.parseInt(words.get(5)));
              int connections = Integer.parseInt(words.get(2));
              return new Run(client, load, connections, Long.parseLong(words.get(3))).toEnd();
            })
        .serve();
  }

  static HttpClient client() {
    var client = new HttpClient(new HttpClientTransportOverHTTP(1));
    client.setFollowRedirects(false);
    client.setMaxConnectionsPerDestination(100_000);
    client.setMaxRequestsQueuedPerDestination(100_000);
    client.setIdleTimeout(120_000);
    client.setConnectTimeout(60_000);
    return client;
  }

  /** So many requests at once, each followed by the next until the time is over. */
  private static final class Run {

    private final HttpClient client;
    private final Load load;
    private final long start = System.nanoTime();
    private final long end;
    private final CountDownLatch open;
    private final AtomicLong answered = new AtomicLong();
    private volatile String problem = "";

    Run(HttpClient client, Load load, int connections, long millis) {
      this.client = client;
      this.load = load;
      this.end = start + millis * 1_000_000;
      this.open = new CountDownLatch(connections);
    }

    String toEnd() throws InterruptedException {
      for (long i = open.getCount(); i > 0; i--) {
        next();
      }
      open.await();
      if (!problem.isEmpty()) {
        throw new IllegalStateException(problem);
      }
      return answered.get() + " " + (System.nanoTime() - start);
    }

    private void next() {
      Request request = client.newRequest(target()).method(load.method());
      request.headers(
          fields ->
              load.headers()
                  .forEach(
                      header -> {
                        String[] nameAndValue = header.split(": ", 2);
                        fields.put(nameAndValue[0], nameAndValue[1]);
                      }));
      if (!load.body().isEmpty()) {
        request.body(new StringRequestContent(load.body()));
      }
      request.send(this::answered);
    }

    private URI target() {
      if (load.targets() == 1) {
        return load.url();
      }
      int any = ThreadLocalRandom.current().nextInt(load.targets());
      return URI.create(load.prefix() + ("%0" + Load.DIGITS + "x").formatted(any));
    }

    private void answered(Result result) {
      if (result.isFailed()) {
        problem = String.valueOf(result.getFailure());
      } else if (result.getResponse().getStatus() / 100 != 2) {
        problem = "answered " + result.getResponse().getStatus();
      }
      answered.incrementAndGet();
      if (System.nanoTime() < end && problem.isEmpty()) {
        next();
      } else {
        open.countDown();
      }
    }
  }
}

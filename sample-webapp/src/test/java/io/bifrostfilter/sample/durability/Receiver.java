package io.bifrostfilter.sample.durability;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Somebody who is told of jobs, and remembers of which. */
final class Receiver implements AutoCloseable {

  private final Set<String> told = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads = Executors.newFixedThreadPool(4);
  private final HttpServer server;

  Receiver() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext(
        "/",
        exchange -> {
          exchange.getRequestBody().readAllBytes();
          told.add(exchange.getRequestHeaders().getFirst("webhook-id"));
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
          synchronized (told) {
            told.notifyAll();
          }
        });
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort() + "/hook";
  }

  /** Returns once each of these jobs was told of, or, for the test to fail, after a long time. */
  Set<String> awaitAll(Set<String> webhookIds, long patienceMillis) throws InterruptedException {
    long giveUp = System.nanoTime() + patienceMillis * 1_000_000;
    synchronized (told) {
      while (!told.containsAll(webhookIds) && System.nanoTime() < giveUp) {
        told.wait(1_000);
      }
    }
    return told;
  }

  /** Returns once any of these jobs was told of. */
  void awaitAny(Set<String> webhookIds) throws InterruptedException {
    synchronized (told) {
      while (webhookIds.stream().noneMatch(told::contains)) {
        told.wait();
      }
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}

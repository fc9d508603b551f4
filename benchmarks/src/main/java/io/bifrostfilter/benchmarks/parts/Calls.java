package io.bifrostfilter.benchmarks.parts;

import io.bifrostfilter.benchmarks.load.Load;
import io.bifrostfilter.benchmarks.server.Payloads;
import io.bifrostfilter.benchmarks.server.Server;
import io.bifrostfilter.benchmarks.store.Stores;
import java.net.URI;

/** The calls that are measured, as an SDK would make them. */
final class Calls {

  private static final String ROUTE = "/v1/chat/completions";
  private static final String JOBS = "/v1/async/chat/completions";
  private static final String[] HEADERS = {
    "Authorization: Bearer sk-0123456789abcdef0123456789abcdef",
    "Accept: application/json",
    "User-Agent: OpenAI/Python 1.99.0",
    "X-Stainless-Lang: python",
    "X-Stainless-Runtime: CPython"
  };

  private Calls() {}

  /** What the application is there for. */
  static Load ordinary(Server server) {
    return Load.post(server.url(ROUTE), Payloads.request(), HEADERS);
  }

  static Load ordinaryGet(Server server) {
    return Load.get(server.url("/v1/models"), HEADERS);
  }

  static Load submitByHeader(Server server) {
    return ordinary(server).with("x-bf-async: true");
  }

  static Load submitByPath(Server server) {
    return Load.post(server.url(JOBS), Payloads.request(), HEADERS);
  }

  static Load submitAndWait(Server server) {
    return submitByPath(server).with("Prefer: wait=60");
  }

  static Load poll(Server server, String id) {
    return Load.get(server.url(JOBS + "/" + id), HEADERS);
  }

  /** Each time of any of the first jobs {@link Stores#id by number}, which nobody owns. */
  static Load pollAnyOf(int port, int count) {
    return Load.get(
            URI.create("http://127.0.0.1:" + port + JOBS + "/" + Stores.id(0)),
            "Accept: application/json",
            "User-Agent: OpenAI/Python 1.99.0")
        .toAnyOf(count);
  }
}

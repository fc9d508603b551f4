package io.bifrostfilter.benchmarks.queues;

import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.WebhookStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Optional;
import java.util.Set;

/**
 * A store that gives out no delivery while it is told so, as if another node were to make them. For
 * many threads.
 */
final class Deferring {

  private final JobStore store;
  private volatile boolean defers;

  Deferring(JobStore store) {
    this.store = store;
  }

  /** Whether deliveries have to wait from now on. */
  void defer(boolean whether) {
    defers = whether;
  }

  JobStore store() {
    Optional<WebhookStore> webhooks = store.webhooks().map(this::deferred);
    return proxy(
        JobStore.class,
        (method, arguments) ->
            method.getName().equals("webhooks") ? webhooks : call(store, method, arguments));
  }

  private WebhookStore deferred(WebhookStore webhooks) {
    return proxy(
        WebhookStore.class,
        (method, arguments) ->
            defers && method.getName().equals("endpointsDue")
                ? Set.of()
                : call(webhooks, method, arguments));
  }

  /** What a call gives. */
  private interface Calls {

    Object made(Method method, Object[] arguments) throws Throwable;
  }

  private static <T> T proxy(Class<T> type, Calls calls) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> calls.made(method, arguments)));
  }

  private static Object call(Object target, Method method, Object[] arguments) throws Throwable {
    try {
      return method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}

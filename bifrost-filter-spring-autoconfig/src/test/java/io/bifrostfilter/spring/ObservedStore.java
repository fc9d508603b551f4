package io.bifrostfilter.spring;

import io.bifrostfilter.store.JobStore;
import io.bifrostfilter.store.memory.MemoryJobStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.util.function.Consumer;

/** A store of the application's own, which tells what is asked of it. */
final class ObservedStore {

  private ObservedStore() {}

  /**
   * @param calls is told the name of each method that is called
   */
  static JobStore inMemory(Consumer<String> calls) {
    var store = new MemoryJobStore(Clock.systemUTC(), 1 << 20);
    return (JobStore)
        Proxy.newProxyInstance(
            ObservedStore.class.getClassLoader(),
            new Class<?>[] {JobStore.class},
            (proxy, method, arguments) -> {
              calls.accept(method.getName());
              try {
                return method.invoke(store, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}

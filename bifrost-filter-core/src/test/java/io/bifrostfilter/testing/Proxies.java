package io.bifrostfilter.testing;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;

/** Objects that come between a caller and the real thing. */
public final class Proxies {

  private Proxies() {}

  /** What a call gives; what a method that it invokes has thrown reaches the caller as it was. */
  @FunctionalInterface
  public interface Invocation {

    @Nullable Object of(Method method, @Nullable Object[] arguments) throws Throwable;
  }

  public static <T> T proxy(Class<T> type, Invocation invocation) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (self, method, arguments) -> {
              try {
                return invocation.of(method, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }
}

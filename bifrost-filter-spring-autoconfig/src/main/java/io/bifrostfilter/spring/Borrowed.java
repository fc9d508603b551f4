package io.bifrostfilter.spring;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;

/**
 * Lends out a bean of the application: {@link io.bifrostfilter.AsyncJobs} closes all that it is
 * given, but Spring closes the application's beans, or leaves them open, as they were declared. For
 * as many threads as the bean itself.
 */
final class Borrowed {

  private Borrowed() {}

  /** The same object, but that closing it does nothing. */
  static <T extends AutoCloseable> T from(Class<T> type, T bean) {
    InvocationHandler allButClose =
        (proxy, method, arguments) -> {
          if (method.getName().equals("close") && method.getParameterCount() == 0) {
            return null;
          }
          try {
            return method.invoke(bean, arguments);
          } catch (InvocationTargetException e) {
            throw e.getCause();
          }
        };
    return type.cast(
        Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, allButClose));
  }
}

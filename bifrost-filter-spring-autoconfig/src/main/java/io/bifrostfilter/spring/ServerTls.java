package io.bifrostfilter.spring;

import java.util.Map;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/**
 * Whether the server of the application speaks TLS, by its settings: what holds them, and the event
 * that names the server, moved between the lines of Spring Boot.
 *
 * <p>A server that is given TLS in code is not known by this; {@code bifrost.async.target} is for
 * that.
 */
final class ServerTls {

  private static final String SETTINGS = "server.ssl";
  private static final Bindable<Map<String, Object>> ALL =
      Bindable.mapOf(String.class, Object.class);

  private ServerTls() {}

  /** As Spring Boot has it: any setting turns it on, unless one says otherwise. */
  static boolean isOn(Environment environment) {
    Binder binder = Binder.get(environment);
    return binder.bind(SETTINGS, ALL).isBound()
        && binder.bind(SETTINGS + ".enabled", Boolean.class).orElse(true);
  }
}

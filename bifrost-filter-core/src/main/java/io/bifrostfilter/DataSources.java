package io.bifrostfilter;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import javax.naming.InitialContext;
import javax.naming.NamingException;
import javax.sql.DataSource;

/** Finds the database that the configuration names. */
final class DataSources {

  private static final Duration CONNECTION_TIMEOUT = Duration.ofSeconds(3);
  private static final Duration KEEP_ALIVE = Duration.ofSeconds(30);

  /**
   * For a server to say something while a connection to it is made. Drivers would wait for ever,
   * and a pool makes one connection after another: one whose server fell silent at that moment
   * would be the last.
   */
  private static final int SILENCE_SECONDS = 5;

  private DataSources() {}

  /**
   * A pool of connections, for the caller to close. Nothing is connected yet, so that a node can
   * start, and say what it lacks, while its database is away.
   *
   * @throws InvalidConfigException if there is no pool on the class path, or no driver for the URL
   */
  static DataSource pool(JdbcSettings settings, String url) {
    try {
      return Pool.open(settings, url);
    } catch (NoClassDefFoundError e) {
      throw new InvalidConfigException(
          "jdbc.url",
          "bifrost.async.jdbc.url needs com.zaxxer:HikariCP and the database's driver on the class"
              + " path; or give bifrost.async.jdbc.jndi-name, or a DataSource in code.");
    }
  }

  /** The container's own, which stays the container's. The name is the operator's, not a user's. */
  @SuppressWarnings("BanJNDI")
  static DataSource lookUp(String jndiName) {
    for (String name : new String[] {jndiName, "java:comp/env/" + jndiName}) {
      try {
        if (new InitialContext().lookup(name) instanceof DataSource found) {
          return found;
        }
      } catch (NamingException e) {
        // Whoever wrote it may have meant the other form.
      }
    }
    throw new InvalidConfigException(
        "jdbc.jndi-name", jndiName, "the name of a DataSource that the container has");
  }

  /** Apart, so that nothing else needs the library. */
  private static final class Pool {

    static DataSource open(JdbcSettings settings, String url) {
      var config = new HikariConfig();
      config.setPoolName("bifrost-async");
      config.setJdbcUrl(url);
      settings.username().ifPresent(config::setUsername);
      settings.password().ifPresent(config::setPassword);
      config.setConnectionTimeout(CONNECTION_TIMEOUT.toMillis());
      config.setKeepaliveTime(KEEP_ALIVE.toMillis());
      limitSilence(config, url);
      config.setInitializationFailTimeout(-1);
      try {
        return new HikariDataSource(config);
      } catch (RuntimeException e) {
        // Its message repeats the URL, and the URL may hold a password.
        throw new InvalidConfigException(
            "jdbc.url",
            "There is no driver on the class path for the database that bifrost.async.jdbc.url"
                + " names, or it does not understand the URL.");
      }
    }

    private static void limitSilence(HikariConfig config, String url) {
      if (url.startsWith("jdbc:postgresql:")) {
        config.addDataSourceProperty("socketTimeout", Integer.toString(SILENCE_SECONDS));
      } else if (url.startsWith("jdbc:mysql:") || url.startsWith("jdbc:mariadb:")) {
        String millis = Integer.toString(SILENCE_SECONDS * 1000);
        config.addDataSourceProperty("connectTimeout", millis);
        config.addDataSourceProperty("socketTimeout", millis);
      }
    }
  }
}

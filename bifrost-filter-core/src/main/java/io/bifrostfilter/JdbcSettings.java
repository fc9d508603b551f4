package io.bifrostfilter;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Where the JDBC store finds its database. Immutable.
 *
 * @param url a JDBC URL, for which a pool is made
 * @param username beside the URL
 * @param password beside the URL
 * @param jndiName of a {@code DataSource} of the container's, instead of a URL
 * @param tablePrefix what the names of the tables begin with
 * @param initializeSchema whether missing tables are created
 */
public record JdbcSettings(
    Optional<String> url,
    Optional<String> username,
    Optional<String> password,
    Optional<String> jndiName,
    String tablePrefix,
    InitializeSchema initializeSchema) {

  private static final Pattern PREFIX = Pattern.compile("[a-z][a-z0-9_]{0,29}");

  /** Who makes the tables. */
  public enum InitializeSchema {
    /** The store, where they are missing. */
    ALWAYS,
    /** The operator, by the scripts that the store brings. */
    NEVER
  }

  public JdbcSettings {
    url.ifPresent(
        text -> {
          if (!text.startsWith("jdbc:")) {
            throw new InvalidConfigException(
                "jdbc.url", "bifrost.async.jdbc.url must begin with \"jdbc:\".");
          }
        });
    if (url.isPresent() && jndiName.isPresent()) {
      throw new InvalidConfigException(
          "jdbc.jndi-name",
          jndiName.get(),
          "absent where jdbc.url is given, or the other way round");
    }
    if (!PREFIX.matcher(tablePrefix).matches()) {
      throw new InvalidConfigException(
          "jdbc.table-prefix",
          tablePrefix,
          "1 to 30 lower-case letters, digits and underscores, a letter first");
    }
  }

  /** Shows neither user nor password, nor the URL, which may hold both. */
  @Override
  public String toString() {
    return "JdbcSettings[tablePrefix="
        + tablePrefix
        + ", initializeSchema="
        + initializeSchema
        + "]";
  }
}

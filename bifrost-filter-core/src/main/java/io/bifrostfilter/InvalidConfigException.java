package io.bifrostfilter;

/** A setting has a name or a value that is not allowed. The message says which, and what is. */
public final class InvalidConfigException extends IllegalArgumentException {

  /** What stands before the name of every setting. */
  static final String PREFIX = "bifrost.async.";

  private static final long serialVersionUID = 1L;

  private final String setting;

  /**
   * @param setting its name, without the prefix {@code bifrost.async.}
   */
  InvalidConfigException(String setting, String value, String allowed) {
    super(PREFIX + setting + " is \"" + value + "\", but must be " + allowed + ".");
    this.setting = setting;
  }

  /**
   * @param setting its name, without the prefix {@code bifrost.async.}
   * @param message says what is wrong with it, and what to do
   */
  public InvalidConfigException(String setting, String message) {
    super(message);
    this.setting = setting;
  }

  /** The name of the setting, without the prefix {@code bifrost.async.}. */
  public String setting() {
    return setting;
  }
}

package io.bifrostfilter.webhook;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What an administrator asked for cannot be done. The message says why, and what would be right;
 * nothing secret is in it.
 */
public final class WebhookProblem extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final Kind kind;
  private final @Nullable String field;

  private WebhookProblem(Kind kind, @Nullable String field, String message) {
    super(message, null, false, false);
    this.kind = kind;
    this.field = field;
  }

  static WebhookProblem of(Kind kind, String message) {
    return new WebhookProblem(kind, null, message);
  }

  /** A field of an endpoint has a value that is not allowed. */
  static WebhookProblem invalid(String field, String message) {
    return new WebhookProblem(Kind.INVALID, field, message);
  }

  public Kind kind() {
    return kind;
  }

  /** The field that is wrong, as the API names it. */
  public Optional<String> field() {
    return Optional.ofNullable(field);
  }

  public String message() {
    return String.valueOf(getMessage());
  }

  /** What is wrong. */
  public enum Kind {
    /** A value is not allowed. */
    INVALID,
    /** There is no such endpoint or attempt. */
    NOT_FOUND,
    /** Another endpoint has that name. */
    NAME_TAKEN,
    /** The endpoint comes from the configuration. */
    READ_ONLY,
    /** The endpoint is disabled. */
    DISABLED,
    /** The endpoint is not told of that event. */
    NOT_SUBSCRIBED,
    /** The delivery is not over. */
    IN_FLIGHT,
    /** The endpoint is there, and cannot be read. */
    UNREADABLE
  }
}

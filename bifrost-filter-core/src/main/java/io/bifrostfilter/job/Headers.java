package io.bifrostfilter.job;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;

/**
 * The header fields of a recorded message, in their order, repeats included. Names compare without
 * regard to case (RFC 9110 5.1). Immutable.
 */
public final class Headers {

  private static final Headers NONE = new Headers(List.of());

  /**
   * Name, value, name, value: one list rather than an object per field, since a store keeps many.
   */
  private final List<String> fields;

  private Headers(List<String> fields) {
    this.fields = fields;
  }

  public static Headers none() {
    return NONE;
  }

  /**
   * @param namesAndValues name, value, name, value, …
   * @throws IllegalArgumentException if a name lacks its value
   */
  public static Headers of(String... namesAndValues) {
    if (namesAndValues.length % 2 != 0) {
      throw new IllegalArgumentException("a header name without its value");
    }
    return namesAndValues.length == 0 ? NONE : new Headers(List.of(namesAndValues));
  }

  public static Builder builder() {
    return new Builder();
  }

  /** The value of the first field of that name. */
  public Optional<String> first(String name) {
    for (int i = 0; i < fields.size(); i += 2) {
      if (fields.get(i).equalsIgnoreCase(name)) {
        return Optional.of(fields.get(i + 1));
      }
    }
    return Optional.empty();
  }

  /** The values of all fields of that name, in their order. */
  public List<String> all(String name) {
    var values = new ArrayList<String>();
    forEach(
        (field, value) -> {
          if (field.equalsIgnoreCase(name)) {
            values.add(value);
          }
        });
    return List.copyOf(values);
  }

  public void forEach(BiConsumer<String, String> action) {
    for (int i = 0; i < fields.size(); i += 2) {
      action.accept(fields.get(i), fields.get(i + 1));
    }
  }

  /**
   * The same, made of other objects.
   *
   * @param names gives an equal one for a name
   * @param values gives an equal one for a value, which comes behind its name
   */
  public Headers with(UnaryOperator<String> names, BinaryOperator<String> values) {
    String[] replaced = fields.toArray(String[]::new);
    for (int i = 0; i < replaced.length; i += 2) {
      replaced[i] = names.apply(replaced[i]);
      replaced[i + 1] = values.apply(replaced[i], replaced[i + 1]);
    }
    return of(replaced);
  }

  /** How many fields there are. */
  public int size() {
    return fields.size() / 2;
  }

  /**
   * The characters that all names and values have together, as a measure of the memory they take.
   */
  public int characters() {
    int sum = 0;
    for (String field : fields) {
      sum += field.length();
    }
    return sum;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Headers that && fields.equals(that.fields);
  }

  @Override
  public int hashCode() {
    return fields.hashCode();
  }

  /** Says how many there are, and never what: credentials must not reach a log. */
  @Override
  public String toString() {
    return size() + " headers";
  }

  /** Collects fields. For one thread. */
  public static final class Builder {

    private final List<String> fields = new ArrayList<>();

    private Builder() {}

    public Builder add(String name, String value) {
      fields.add(name);
      fields.add(value);
      return this;
    }

    public Headers build() {
      return fields.isEmpty() ? NONE : new Headers(List.copyOf(fields));
    }
  }
}

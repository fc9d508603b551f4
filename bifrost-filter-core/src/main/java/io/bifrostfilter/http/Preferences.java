package io.bifrostfilter.http;

import jakarta.servlet.http.HttpServletRequest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The {@code Prefer} fields of a request (RFC 7240). What cannot be understood is no preference.
 *
 * @param respondAsync whether the caller would rather have a job than wait
 * @param waitSeconds how long the caller is willing to wait, if it said so
 * @param others all further preferences, as written
 */
record Preferences(boolean respondAsync, Optional<Integer> waitSeconds, List<String> others) {

  private static final Preferences NONE = new Preferences(false, Optional.empty(), List.of());
  private static final String RESPOND_ASYNC = "respond-async";
  private static final String WAIT = "wait";
  private static final Pattern LEADING_ZEROS = Pattern.compile("^0+(?=.)");

  static Preferences of(HttpServletRequest request) {
    if (request.getHeader(WireHeaders.PREFER) == null) {
      return NONE;
    }
    return parse(Collections.list(request.getHeaders(WireHeaders.PREFER)));
  }

  static Preferences parse(List<String> fields) {
    boolean respondAsync = false;
    Optional<Integer> wait = Optional.empty();
    boolean sawWait = false;
    var others = new ArrayList<String>();
    for (String preference :
        fields.stream().flatMap(field -> split(field, ',').stream()).toList()) {
      // Parameters, after a semicolon, are defined for none of these.
      String[] nameAndValue = split(preference, ';').get(0).split("=", 2);
      String name = nameAndValue[0].strip();
      if (name.equalsIgnoreCase(RESPOND_ASYNC)) {
        respondAsync = true;
      } else if (name.equalsIgnoreCase(WAIT)) {
        // The first of its name counts (RFC 7240, section 2).
        if (!sawWait) {
          wait = seconds(nameAndValue);
        }
        sawWait = true;
      } else if (!name.isEmpty()) {
        others.add(preference.strip());
      }
    }
    return new Preferences(respondAsync, wait, others);
  }

  /** What remains for the handler once the asynchronous part is taken care of. */
  Optional<String> withoutAsync() {
    return others.isEmpty()
        ? Optional.empty()
        : Optional.of(others.stream().collect(Collectors.joining(", ")));
  }

  private static Optional<Integer> seconds(String[] nameAndValue) {
    if (nameAndValue.length < 2) {
      return Optional.empty();
    }
    String value = nameAndValue[1].strip();
    if (value.length() >= 2 && value.startsWith("\"") && value.endsWith("\"")) {
      value = value.substring(1, value.length() - 1);
    }
    if (value.isEmpty() || !value.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return Optional.empty();
    }
    // Longer than anyone may wait, and not longer than an int.
    String digits = LEADING_ZEROS.matcher(value).replaceFirst("");
    return Optional.of(digits.length() > 9 ? Integer.MAX_VALUE : Integer.parseInt(digits));
  }

  /** Splits at a separator that does not stand within quotes. */
  private static List<String> split(String text, char separator) {
    var parts = new ArrayList<String>();
    boolean quoted = false;
    int from = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quoted && c == '\\') {
        i++;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (c == separator && !quoted) {
        parts.add(text.substring(from, i));
        from = i + 1;
      }
    }
    parts.add(text.substring(from));
    return parts;
  }
}

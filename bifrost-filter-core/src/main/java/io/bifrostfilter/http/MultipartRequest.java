package io.bifrostfilter.http;

import io.bifrostfilter.job.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Looks into a {@code multipart/form-data} body (RFC 7578) as it stands, for its small fields;
 * nothing is unpacked or copied. For one body.
 */
final class MultipartRequest {

  private static final Pattern BOUNDARY =
      Pattern.compile(
          ";\\s*boundary=(?:\"([^\"]{1,70})\"|([^\\s;\"]{1,70}))", Pattern.CASE_INSENSITIVE);

  /** One parameter of a field, whole: what looks like another within its quotes is none. */
  private static final Pattern PARAMETER =
      Pattern.compile(";\\s*([^\\s=;\"]+)\\s*=\\s*(?:\"((?:[^\"\\\\]|\\\\.)*)\"|([^\\s;\"]*))");

  private static final int MAX_PART_HEADERS = 16 * 1024;
  private static final int MAX_SMALL_VALUE = 1024;
  private static final byte[] LINE_END = {'\r', '\n'};
  private static final byte[] BLANK_LINE = {'\r', '\n', '\r', '\n'};

  private final Bytes body;
  private final byte[] delimiter;
  private final Map<String, String> values = new HashMap<>();
  private final List<Bytes> parts = new ArrayList<>();
  private boolean streams;

  private MultipartRequest(Bytes body, String boundary) {
    this.body = body;
    this.delimiter = ("--" + boundary).getBytes(StandardCharsets.ISO_8859_1);
  }

  static boolean isMultipart(String contentType) {
    return contentType.strip().toLowerCase(Locale.ROOT).startsWith("multipart/form-data");
  }

  /** Empty if the body is not what its content type says. */
  static Optional<RequestFacts> read(String contentType, Bytes body) {
    Matcher boundary = BOUNDARY.matcher(contentType);
    if (!boundary.find()) {
      return Optional.empty();
    }
    String value = boundary.group(1) != null ? boundary.group(1) : boundary.group(2);
    var request = new MultipartRequest(body, value);
    return request.scan() ? Optional.of(request.facts()) : Optional.empty();
  }

  private RequestFacts facts() {
    // The boundary is left out of the substance: clients make a new one each time they send the
    // same form.
    return new RequestFacts(
        Optional.ofNullable(values.get("model")).filter(model -> !model.isBlank()),
        streams,
        Optional.ofNullable(values.get("stream_format")),
        values.keySet(),
        List.of(),
        parts);
  }

  /**
   * Returns whether the body is well-formed: delimiters at the start of lines, each part with a
   * name, and an end.
   */
  private boolean scan() {
    int at = find(delimiter, 0);
    // What stands before the first delimiter is to be ignored (RFC 2046 5.1.1), but it must be
    // whole lines.
    if (at < 0 || (at > 0 && !endsLine(at))) {
      return false;
    }
    while (true) {
      int afterDelimiter = at + delimiter.length;
      if (startsWith("--".getBytes(StandardCharsets.ISO_8859_1), afterDelimiter)) {
        return true;
      }
      int start = find(LINE_END, afterDelimiter);
      int end = start < 0 ? -1 : nextDelimiter(start);
      if (end < 0 || !readPart(start + LINE_END.length, end)) {
        return false;
      }
      at = end + LINE_END.length;
    }
  }

  /**
   * Where the line end before the next delimiter is; a part that is empty shares it with the line
   * before.
   */
  private int nextDelimiter(int from) {
    int at = find(delimiter, from);
    while (at >= 0 && !endsLine(at)) {
      at = find(delimiter, at + 1);
    }
    return at < 0 ? -1 : at - LINE_END.length;
  }

  private boolean endsLine(int at) {
    return at >= LINE_END.length && startsWith(LINE_END, at - LINE_END.length);
  }

  private boolean readPart(int from, int to) {
    int blank = to > from ? find(BLANK_LINE, from - LINE_END.length) : -1;
    if (blank < 0 || blank > to || blank - from > MAX_PART_HEADERS) {
      return false;
    }
    int content = Math.min(blank + BLANK_LINE.length, to);
    String headers = blank < from ? "" : body.slice(from, blank).asText();
    Optional<String> name = nameIn(headers);
    if (name.isEmpty()) {
      return false;
    }
    Bytes value = body.slice(content, to);
    String text = value.size() <= MAX_SMALL_VALUE ? value.asText() : "";
    // Of a field that comes twice, a handler may take either; the first is usual, and one that
    // streams is enough.
    values.putIfAbsent(name.get(), text);
    streams |= name.get().equals("stream") && text.strip().equalsIgnoreCase("true");
    parts.add(Bytes.of(headers));
    parts.add(value);
    return true;
  }

  private static Optional<String> nameIn(String headers) {
    for (String line : headers.split("\r\n")) {
      if (line.regionMatches(true, 0, "Content-Disposition:", 0, 20)) {
        Matcher parameter = PARAMETER.matcher(line);
        while (parameter.find()) {
          if (parameter.group(1).equalsIgnoreCase("name")) {
            String quoted = parameter.group(2);
            return Optional.of(quoted != null ? quoted.replace("\\\"", "\"") : parameter.group(3));
          }
        }
      }
    }
    return Optional.empty();
  }

  private int find(byte[] wanted, int from) {
    int last = body.size() - wanted.length;
    for (int i = Math.max(from, 0); i <= last; i++) {
      if (body.at(i) == wanted[0] && startsWith(wanted, i)) {
        return i;
      }
    }
    return -1;
  }

  private boolean startsWith(byte[] wanted, int at) {
    if (at + wanted.length > body.size()) {
      return false;
    }
    for (int i = 0; i < wanted.length; i++) {
      if (body.at(at + i) != wanted[i]) {
        return false;
      }
    }
    return true;
  }
}

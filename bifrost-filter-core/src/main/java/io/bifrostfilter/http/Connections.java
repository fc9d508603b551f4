package io.bifrostfilter.http;

import io.bifrostfilter.job.Caller;
import io.bifrostfilter.job.Origin;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletRequestWrapper;
import jakarta.servlet.http.HttpServletRequest;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Both ends of the connection that a request came in on. */
public final class Connections {

  /**
   * What getScheme() says may have come from a header; this attribute only comes from TLS (Servlet
   * 6.0, 3.10).
   */
  private static final String CIPHER_SUITE = "jakarta.servlet.request.cipher_suite";

  private static final Pattern STRAY_PERCENT = Pattern.compile("%(?![0-9A-Fa-f]{2})");

  private Connections() {}

  /** The far end, as the container or a filter before this one has resolved it. */
  static Caller caller(HttpServletRequest request) {
    String address = orEmpty(request.getRemoteAddr());
    String host = orEmpty(request.getRemoteHost());
    // Mostly the same text; a store keeps many of it.
    return new Caller(address, host.equals(address) ? address : host, request.getRemotePort());
  }

  /** The near end, as it is. */
  public static Origin origin(HttpServletRequest request, String node) {
    boolean secure = request.getAttribute(CIPHER_SUITE) != null;
    return new Origin(
        node, secure, connectable(orEmpty(request.getLocalAddr())), request.getLocalPort());
  }

  /** The path and query of the request line, whatever filters before this one made of them. */
  public static String rawPathAndQuery(HttpServletRequest request) {
    HttpServletRequest raw = unwrapped(request);
    return onTheWire(withQuery(raw.getRequestURI(), raw.getQueryString()));
  }

  static HttpServletRequest unwrapped(HttpServletRequest request) {
    ServletRequest inner = request;
    while (inner instanceof ServletRequestWrapper wrapper) {
      inner = wrapper.getRequest();
    }
    return inner instanceof HttpServletRequest http ? http : request;
  }

  static String withQuery(String path, @Nullable String query) {
    return query == null ? path : path + '?' + query;
  }

  /**
   * The same target in the characters that a request line may have: a container may have read bytes
   * beyond ASCII as text, and a percent sign that begins nothing stands for itself.
   */
  static String onTheWire(String target) {
    if (consistsOf(target, c -> c > ' ' && c < 0x7f && c != '%')) {
      return target;
    }
    var wire = new StringBuilder(target.length() + 16);
    for (byte b : target.getBytes(StandardCharsets.UTF_8)) {
      // Bytes are signed: those beyond ASCII are below zero.
      if (b <= ' ' || b == 0x7f) {
        wire.append(String.format("%%%02X", b));
      } else {
        wire.append((char) b);
      }
    }
    return STRAY_PERCENT.matcher(wire).replaceAll("%25");
  }

  /**
   * An address to connect to, of one that a container gave: in brackets or not, with a zone or not,
   * or none at all.
   */
  public static String connectable(String address) {
    String bare =
        address.startsWith("[") && address.endsWith("]")
            ? address.substring(1, address.length() - 1)
            : address;
    boolean linkLocal = bare.indexOf('%') >= 0;
    boolean wildcard = bare.equals("0.0.0.0") || consistsOf(bare, c -> c == '0' || c == ':');
    return linkLocal || wildcard ? InetAddress.getLoopbackAddress().getHostAddress() : bare;
  }

  /** Whether every character is such a one, of which there may be none. */
  static boolean consistsOf(String text, IntPredicate allowed) {
    for (int i = 0; i < text.length(); i++) {
      if (!allowed.test(text.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private static String orEmpty(@Nullable String value) {
    return value == null ? "" : value;
  }
}

package io.bifrostfilter.http;

import io.bifrostfilter.job.Bytes;
import io.bifrostfilter.job.Caller;
import io.bifrostfilter.job.Headers;
import io.bifrostfilter.job.HopByHop;
import io.bifrostfilter.job.Origin;
import io.bifrostfilter.job.RecordedRequest;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Records a submit as the request that the handler is to see (contract, section 2). For many
 * threads.
 *
 * <p>The path is that of the request line, since the filters before this one will see the playback
 * as well, and do with it again whatever they did. Headers and body are those that arrived here: a
 * filter may have changed both together.
 */
final class RequestRecorder {

  /**
   * What the playback says itself, what was meant for us, and what only this API's caller may ask
   * for.
   */
  private static final Set<String> LEFT_OUT =
      Set.of(
          "accept-encoding",
          "content-length",
          "expect",
          "forwarded",
          "idempotency-key",
          "prefer",
          "x-forwarded-for",
          "x-forwarded-host",
          "x-forwarded-port",
          "x-forwarded-prefix",
          "x-forwarded-proto",
          "x-forwarded-ssl",
          "x-request-id",
          WireHeaders.ASYNC,
          WireHeaders.ASYNC_ID,
          WireHeaders.RESULT_TTL,
          WireHeaders.WEBHOOK);

  private final WireSettings settings;
  private final String node;

  RequestRecorder(WireSettings settings, String node) {
    this.settings = settings;
    this.node = node;
  }

  RecordedRequest record(
      HttpServletRequest request,
      Call.Submit call,
      String requestId,
      Bytes body,
      List<String> fallbacks) {
    Origin origin = Connections.origin(request, node);
    Caller caller = Connections.caller(request);
    return new RecordedRequest(
        request.getMethod(),
        pathAndQuery(request, call),
        headers(request, requestId, caller, origin),
        body,
        caller,
        origin,
        fallbacks);
  }

  private String pathAndQuery(HttpServletRequest request, Call.Submit call) {
    if (call.surface() != Surface.PATH) {
      return Connections.rawPathAndQuery(request);
    }
    HttpServletRequest raw = Connections.unwrapped(request);
    String path = raw.getContextPath() + settings.targetPrefix() + '/' + call.route();
    return Connections.onTheWire(Connections.withQuery(path, raw.getQueryString()));
  }

  private static Headers headers(
      HttpServletRequest request, String requestId, Caller caller, Origin origin) {
    var headers = Headers.builder();
    var connection = new HopByHop(values(request, "Connection"));
    boolean hasHost = false;
    for (var names = request.getHeaderNames(); names.hasMoreElements(); ) {
      String name = names.nextElement();
      String lowerCase = name.toLowerCase(Locale.ROOT);
      if (connection.covers(lowerCase) || LEFT_OUT.contains(lowerCase)) {
        continue;
      }
      hasHost |= lowerCase.equals("host");
      for (var values = request.getHeaders(name); values.hasMoreElements(); ) {
        headers.add(name, values.nextElement());
      }
    }
    if (!hasHost) {
      // HTTP/2 has an :authority instead.
      headers.add("Host", request.getServerName() + ":" + request.getServerPort());
    }
    headers.add("X-Request-Id", requestId);
    Preferences.of(request).withoutAsync().ifPresent(rest -> headers.add("Prefer", rest));
    addForwarded(headers, request, caller, origin);
    return headers.build();
  }

  /**
   * The playback comes from this machine, which many a container and filter trusts to say whom it
   * speaks for. So it says what the container had made out of the first request, and nothing that
   * the first request itself had claimed, but for addresses to the left of the caller's, which
   * nobody believes.
   */
  private static void addForwarded(
      Headers.Builder headers, HttpServletRequest request, Caller caller, Origin origin) {
    List<String> earlier = values(request, "X-Forwarded-For");
    headers.add(
        "X-Forwarded-For",
        earlier.isEmpty()
            ? caller.address()
            : String.join(", ", earlier) + ", " + caller.address());

    String ownScheme = origin.secure() ? "https" : "http";
    String host = request.getHeader("Host");
    String ownHost = hostOf(host);
    int ownPort = portOf(host, ownScheme);
    if (!request.getScheme().equals(ownScheme)) {
      headers.add("X-Forwarded-Proto", request.getScheme());
    }
    if (!ownHost.isEmpty() && !request.getServerName().equalsIgnoreCase(ownHost)) {
      headers.add("X-Forwarded-Host", request.getServerName());
    }
    if (request.getServerPort() != ownPort) {
      headers.add("X-Forwarded-Port", Integer.toString(request.getServerPort()));
    }
    String ownContext = Connections.unwrapped(request).getContextPath();
    String context = request.getContextPath();
    if (!context.equals(ownContext) && context.endsWith(ownContext)) {
      headers.add(
          "X-Forwarded-Prefix", context.substring(0, context.length() - ownContext.length()));
    }
  }

  private static String hostOf(@Nullable String host) {
    if (host == null) {
      return "";
    }
    int colon = host.lastIndexOf(':');
    return colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
  }

  private static int portOf(@Nullable String host, String scheme) {
    int standard = scheme.equals("https") ? 443 : 80;
    if (host == null) {
      return standard;
    }
    int colon = host.lastIndexOf(':');
    if (colon <= host.lastIndexOf(']')) {
      return standard;
    }
    try {
      return Integer.parseInt(host.substring(colon + 1));
    } catch (NumberFormatException e) {
      return standard;
    }
  }

  private static List<String> values(HttpServletRequest request, String name) {
    return Collections.list(request.getHeaders(name));
  }
}

package io.bifrostfilter.http;

import io.bifrostfilter.job.JobIds;
import io.bifrostfilter.job.RequestType;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Recognizes what a request asks of us (contract, section 1), from its method, path and headers
 * alone. Every request of the application passes here, so that one which is not ours costs a few
 * look-ups and allocates nothing. For many threads.
 */
public final class Calls {

  private static final String POST = "POST";
  private static final String CANCEL = "/cancel";
  private static final List<String> JOB_METHODS = List.of("GET", "HEAD", "DELETE");
  private static final List<String> POST_ONLY = List.of(POST);

  private final String prefix;
  private final List<String> pathRoutes;

  /**
   * Longer ones first: a path that ends with {@code chat/completions} ends with {@code
   * completions}, too.
   */
  private final List<String> knownRoutes;

  public Calls(WireSettings settings) {
    this.prefix = settings.pathPrefix();
    this.pathRoutes = settings.routes();
    this.knownRoutes =
        Stream.concat(settings.routes().stream(), RequestType.routes().stream())
            .distinct()
            .sorted(Comparator.comparing(String::length).reversed())
            .toList();
  }

  public Call recognize(HttpServletRequest request) {
    String method = request.getMethod();
    if (request.getDispatcherType() != DispatcherType.REQUEST || method.equals("OPTIONS")) {
      return Call.NotOurs.INSTANCE;
    }
    String uri = request.getRequestURI();
    int context = request.getContextPath().length();
    if (uri.startsWith(prefix, context)) {
      int end = context + prefix.length();
      if (uri.length() == end) {
        return new Call.UnknownRoute("");
      }
      if (uri.charAt(end) == '/') {
        return onPath(method, uri.substring(end + 1), request);
      }
    }
    if (uri.startsWith(WebhookApi.PREFIX, context)) {
      int end = context + WebhookApi.PREFIX.length();
      if (uri.length() == end || uri.charAt(end) == '/') {
        return new Call.ManageWebhooks(uri.substring(end));
      }
    }
    String id = request.getHeader(WireHeaders.ASYNC_ID);
    if (id != null) {
      return method.equals(POST)
          ? new Call.Poll(Surface.HEADER, route(uri.substring(context)), id)
          : new Call.WrongMethod(route(uri.substring(context)), POST_ONLY);
    }
    if (!method.equals(POST)) {
      return Call.NotOurs.INSTANCE;
    }
    String async = request.getHeader(WireHeaders.ASYNC);
    if ("true".equalsIgnoreCase(async)) {
      return new Call.Submit(Surface.HEADER, route(uri.substring(context)));
    }
    // Who says anything else by that name does not want it by another.
    if (async == null && Preferences.of(request).respondAsync()) {
      return new Call.Submit(Surface.PREFER, route(uri.substring(context)));
    }
    return Call.NotOurs.INSTANCE;
  }

  /** The route that a path ends with, else the path. */
  private String route(String written) {
    String path = withoutSlashAtEnd(written);
    for (String known : knownRoutes) {
      int at = path.length() - known.length();
      if (at > 0 && path.charAt(at - 1) == '/' && path.endsWith(known)) {
        return known;
      }
    }
    return path;
  }

  private static String withoutSlashAtEnd(String path) {
    int end = path.length();
    while (end > 1 && path.charAt(end - 1) == '/') {
      end--;
    }
    return path.substring(0, end);
  }

  private Call onPath(String method, String rest, HttpServletRequest request) {
    for (String route : pathRoutes) {
      if (rest.equals(route)) {
        return onRoute(method, route, request);
      }
      if (rest.startsWith(route) && rest.charAt(route.length()) == '/') {
        String job = rest.substring(route.length() + 1);
        if (withoutCancel(job).indexOf('/') < 0) {
          return onJob(method, route, job, rest);
        }
        // The application's own /responses/compact, say, only begins like a route of the list.
      }
    }
    return onUnlisted(method, rest);
  }

  private static Call onRoute(String method, String route, HttpServletRequest request) {
    if (!method.equals(POST)) {
      return new Call.WrongMethod(route, POST_ONLY);
    }
    String id = request.getHeader(WireHeaders.ASYNC_ID);
    return id == null
        ? new Call.Submit(Surface.PATH, route)
        : new Call.Poll(Surface.PATH, route, id);
  }

  /**
   * A job that was submitted by header on a route that the path surface does not list can still be
   * polled by path, or the {@code Location} of such a submit would lead nowhere. The root is such a
   * route, too, and has nothing before the id.
   */
  private Call onUnlisted(String method, String rest) {
    String path = withoutCancel(rest);
    int slash = path.lastIndexOf('/');
    String id = path.substring(slash + 1);
    if (slash == 0 || JobIds.parse(id).isEmpty()) {
      return new Call.UnknownRoute(rest);
    }
    String below = rest.substring(0, Math.max(slash, 0));
    String route = knownRoutes.contains(below) ? below : "/" + below;
    return onJob(method, route, rest.substring(slash + 1), rest);
  }

  private static String withoutCancel(String job) {
    return job.endsWith(CANCEL) ? job.substring(0, job.length() - CANCEL.length()) : job;
  }

  private static Call onJob(String method, String route, String job, String rest) {
    String id = withoutCancel(job);
    boolean cancel = id.length() < job.length();
    if (id.isEmpty()) {
      return new Call.UnknownRoute(rest);
    }
    if (cancel) {
      return method.equals(POST)
          ? new Call.Cancel(route, id)
          : new Call.WrongMethod(route, POST_ONLY);
    }
    return switch (method) {
      case "GET", "HEAD" -> new Call.Poll(Surface.PATH, route, id);
      case "DELETE" -> new Call.Delete(route, id);
      default -> new Call.WrongMethod(route, JOB_METHODS);
    };
  }
}

package io.bifrostfilter;

import io.bifrostfilter.dispatch.PlaybackMarkers;
import io.bifrostfilter.http.Call;
import io.bifrostfilter.http.Connections;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.FilterConfig;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * Gives an OpenAI-compatible application an async job API. Map it to the application's routes,
 * after its authentication and before everything else, with {@code async-supported}.
 *
 * <p>A request is either ours, and answered here, or the application's, and passes untouched. For
 * many threads.
 */
public final class AsyncJobFilter implements Filter {

  /**
   * The request attribute by which an application can tell a playback: the id of the job that is
   * being run, as text. No client can set it.
   */
  public static final String JOB_ID_ATTRIBUTE = "bifrost.async.job-id";

  private @Nullable AsyncJobs jobs;

  /**
   * For {@code web.xml}: configured by init parameters, system properties and environment
   * variables.
   */
  public AsyncJobFilter() {}

  AsyncJobFilter(AsyncJobs jobs) {
    this.jobs = jobs;
  }

  /**
   * @throws InvalidConfigException if a setting has a name or a value that is not allowed
   */
  @Override
  public void init(FilterConfig filterConfig) {
    if (jobs == null) {
      jobs = AsyncJobs.builder().config(configOf(filterConfig)).build();
    }
    jobs.contextPath(filterConfig.getServletContext().getContextPath());
    if (jobs.config().enabled() && jobs.startsWithFilter()) {
      jobs.start();
    }
  }

  @Override
  public void doFilter(ServletRequest req, ServletResponse res, FilterChain chain)
      throws IOException, ServletException {
    AsyncJobs parts = jobs;
    if (parts == null
        || !parts.config().enabled()
        || !(req instanceof HttpServletRequest request)
        || !(res instanceof HttpServletResponse response)) {
      chain.doFilter(req, res);
      return;
    }
    learnTarget(parts, request);
    String marker = marker(request);
    if (marker != null) {
      var playback = parts.markers().redeem(marker, Connections.rawPathAndQuery(request));
      if (playback.isPresent()) {
        chain.doFilter(new PlaybackRequest(request, playback), response);
        return;
      }
      request = new PlaybackRequest(request, Optional.empty());
    }
    Call call = parts.calls().recognize(request);
    if (call == Call.NotOurs.INSTANCE) {
      chain.doFilter(request, response);
    } else {
      parts.endpoints().answer(call, request, response);
    }
  }

  @Override
  public void destroy() {
    if (jobs != null) {
      jobs.close();
    }
  }

  /**
   * Jobs that another process took, or this one before it was started again, wait to know where to.
   */
  private static void learnTarget(AsyncJobs parts, HttpServletRequest request) {
    if (!parts.target().isKnown()) {
      parts.target().learn(Connections.origin(request, parts.node()));
      parts.wakeWorker();
    }
  }

  /**
   * What may show that a request is a playback. A job is recorded from a POST and from nothing
   * else, so that other methods are spared the look; whatever the header says on them means nothing
   * to anybody.
   */
  private static @Nullable String marker(HttpServletRequest request) {
    return request.getMethod().equals("POST")
            && request.getDispatcherType() == DispatcherType.REQUEST
        ? request.getHeader(PlaybackMarkers.HEADER)
        : null;
  }

  private static AsyncJobsConfig configOf(FilterConfig filterConfig) {
    var parameters = new HashMap<String, String>();
    for (String name : Collections.list(filterConfig.getInitParameterNames())) {
      parameters.put(name, filterConfig.getInitParameter(name));
    }
    return SettingsReader.read(parameters, texts(System.getProperties()), System.getenv());
  }

  private static Map<String, String> texts(Properties properties) {
    var texts = new HashMap<String, String>();
    properties.stringPropertyNames().forEach(name -> texts.put(name, properties.getProperty(name)));
    return texts;
  }
}

package io.bifrostfilter.sample.proxy;

import io.bifrostfilter.sample.ApiError;
import io.bifrostfilter.sample.Backend;
import io.bifrostfilter.sample.Json;
import io.bifrostfilter.sample.UpstreamSettings;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.OutputStreamRequestContent;
import org.eclipse.jetty.client.ProxyAuthenticationProtocolHandler;
import org.eclipse.jetty.client.RedirectProtocolHandler;
import org.eclipse.jetty.client.Request;
import org.eclipse.jetty.client.Response;
import org.eclipse.jetty.client.Result;
import org.eclipse.jetty.client.WWWAuthenticationProtocolHandler;
import org.eclipse.jetty.http.HttpCookieStore;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Forwards requests to an OpenAI-compatible service, and its answers back, unchanged and as they
 * come.
 *
 * <p>The container's thread sends the request's body and is then let go; the answer is written by
 * the client's threads, piece by piece, so that a model that thinks for minutes holds no thread.
 */
public final class Upstream implements Backend {
  private static final Logger LOG = LoggerFactory.getLogger(Upstream.class);
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
  // Models may be silent for long.
  private static final Duration IDLE_TIMEOUT = Duration.ofMinutes(10);
  private static final String BROKEN_OFF = Upstream.class.getName() + ".broken-off";

  private static final List<String> ACTING_UPON_ANSWERS =
      List.of(
          RedirectProtocolHandler.NAME,
          WWWAuthenticationProtocolHandler.NAME,
          ProxyAuthenticationProtocolHandler.NAME);

  private final UpstreamSettings settings;
  private final HttpClient client;

  /** Starts the client's threads; {@link #close()} ends them. */
  public Upstream(UpstreamSettings settings) {
    this.settings = settings;
    this.client = new HttpClient();
    var threads = new QueuedThreadPool();
    threads.setName("sample-upstream");
    threads.setDaemon(true);
    client.setExecutor(threads);
    client.setFollowRedirects(false);
    client.setUserAgentField(null);
    client.setHttpCookieStore(new HttpCookieStore.Empty());
    client.setMaxConnectionsPerDestination(256);
    client.setConnectTimeout(CONNECT_TIMEOUT.toMillis());
    client.setIdleTimeout(IDLE_TIMEOUT.toMillis());
    try {
      client.start();
    } catch (Exception e) {
      throw new IllegalStateException("The client for " + settings + " cannot start", e);
    }
    // Both are there from the start only: compressed bodies and 401s are the caller's business.
    // What is
    // left of the handlers tells interim answers from final ones.
    client.getContentDecoderFactories().clear();
    ACTING_UPON_ANSWERS.forEach(client.getProtocolHandlers()::remove);
  }

  @Override
  public void handle(HttpServletRequest request, HttpServletResponse response) throws IOException {
    if (request.getAttribute(BROKEN_OFF) instanceof IOException failure) {
      throw failure;
    }
    var async = request.startAsync();
    async.setTimeout(0);
    var outgoing = outgoing(request);
    outgoing.onResponseHeaders(answer -> copyHead(answer, response));
    outgoing.onResponseContentAsync(
        (answer, chunk, demander) -> copy(answer, chunk, demander, response));
    // What comes of the upload after that is of no interest.
    var answered = new AtomicBoolean();
    outgoing.onResponseSuccess(answer -> answered.set(true));
    if (!hasBody(request)) {
      outgoing.send(result -> finish(result, answered.get(), response, async));
      return;
    }
    var body = new OutputStreamRequestContent(request.getContentType());
    outgoing.body(body);
    // An upstream that has answered before the body's end wants no more of it.
    outgoing.onResponseSuccess(
        answer -> body.fail(new IOException("The upstream has answered already")));
    outgoing.send(result -> finish(result, answered.get(), response, async));
    send(request, body, outgoing);
  }

  private Request outgoing(HttpServletRequest request) {
    var base = settings.baseUrl();
    // Not from a URI: some paths and queries that servers accept are no valid ones.
    var outgoing =
        client
            .newRequest(base.getHost(), port())
            .scheme(base.getScheme())
            .method(request.getMethod())
            .path(base.getRawPath() + pathAndQuery(request));
    outgoing.headers(headers -> Headers.copy(request, headers, settings.apiKey()));
    return outgoing;
  }

  private int port() {
    var base = settings.baseUrl();
    if (base.getPort() != -1) {
      return base.getPort();
    }
    return "https".equalsIgnoreCase(base.getScheme()) ? 443 : 80;
  }

  /** What follows {@code /v1}, as the caller wrote it. */
  private static String pathAndQuery(HttpServletRequest request) {
    var raw = request.getRequestURI().substring(request.getContextPath().length());
    var rest = raw.indexOf('/', 1);
    var path = rest == -1 ? "" : raw.substring(rest);
    return request.getQueryString() == null ? path : path + "?" + request.getQueryString();
  }

  private static boolean hasBody(HttpServletRequest request) {
    return request.getContentLengthLong() > 0 || request.getHeader("Transfer-Encoding") != null;
  }

  private static void send(
      HttpServletRequest request, OutputStreamRequestContent body, Request outgoing) {
    try (var to = body.getOutputStream()) {
      var from = request.getInputStream();
      var buffer = new byte[16 * 1024];
      for (var n = from.read(buffer); n != -1; n = from.read(buffer)) {
        to.write(buffer, 0, n);
        to.flush();
      }
    } catch (IOException e) {
      // Of no effect if the exchange is over, which is what ends most uploads early.
      outgoing.abort(e);
    }
  }

  private static void copyHead(Response answer, HttpServletResponse response) {
    response.setStatus(answer.getStatus());
    Headers.copy(answer.getHeaders(), response);
  }

  /** Writes one piece of the answer, and asks for the next one once the caller has taken it. */
  private static void copy(
      Response answer, Content.Chunk chunk, Runnable demander, HttpServletResponse response) {
    try {
      ByteBuffer bytes = chunk.getByteBuffer();
      if (bytes.hasRemaining()) {
        response.getOutputStream().write(BufferUtil.toArray(bytes));
        // At once, or the events of a stream would wait for a full buffer.
        response.flushBuffer();
      }
      demander.run();
    } catch (IOException e) {
      answer.abort(e);
    }
  }

  private void finish(
      Result result, boolean answered, HttpServletResponse response, AsyncContext async) {
    try {
      if (!answered && !response.isCommitted()) {
        LOG.warn(
            "{} does not answer, so the caller gets 502: {}",
            settings,
            String.valueOf(result.getResponseFailure()));
        var error =
            new ApiError(
                502,
                "upstream_unreachable",
                null,
                "The upstream %s does not answer. Try again, or check OPENAI_BASE_URL."
                    .formatted(settings));
        response.reset();
        response.setStatus(error.status());
        response.setContentType("application/json");
        response.getOutputStream().write(Json.MAPPER.writeValueAsBytes(error.body()));
      } else if (!answered) {
        // Half an answer must not look like a whole one. Only an exception that a servlet throws
        // makes every container cut the connection, and only a dispatch gets us into one.
        LOG.debug("The answer of {} broke off", settings, result.getResponseFailure());
        async.getRequest().setAttribute(BROKEN_OFF, new IOException("The answer broke off"));
        async.dispatch();
        return;
      }
      async.complete();
    } catch (IOException | IllegalStateException e) {
      LOG.debug("The caller has gone", e);
      end(async);
    }
  }

  private static void end(AsyncContext async) {
    try {
      async.complete();
    } catch (IllegalStateException e) {
      LOG.debug("The container has ended the exchange already", e);
    }
  }

  @Override
  public void close() {
    try {
      client.stop();
    } catch (Exception e) {
      LOG.warn("The client for {} did not stop cleanly", settings, e);
    }
  }
}

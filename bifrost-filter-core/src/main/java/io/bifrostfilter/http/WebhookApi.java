package io.bifrostfilter.http;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import io.bifrostfilter.crypto.TokenHash;
import io.bifrostfilter.delivery.Attempt;
import io.bifrostfilter.delivery.Endpoint;
import io.bifrostfilter.delivery.Event;
import io.bifrostfilter.job.Headers;
import io.bifrostfilter.job.JobIds;
import io.bifrostfilter.webhook.TestResult;
import io.bifrostfilter.webhook.WebhookProblem;
import io.bifrostfilter.webhook.Webhooks;
import io.bifrostfilter.webhook.Webhooks.History;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The administrator's side of webhooks: {@code /api/webhooks} (contract, section 7). Without an
 * administrator's token there is no such thing. For many threads.
 */
public final class WebhookApi {

  static final String INVALID = "invalid_webhook";

  /** Where it begins, below the context path. */
  static final String PREFIX = "/api/webhooks";

  private static final String BEARER = "bearer ";

  /** Longer than any test can take. */
  private static final long TEST_PATIENCE_SECONDS = 330;

  private final Optional<TokenHash> adminToken;
  private final Optional<Webhooks> webhooks;

  /**
   * @param webhooks empty if there can be none
   */
  public WebhookApi(Optional<TokenHash> adminToken, Optional<Webhooks> webhooks) {
    this.adminToken = adminToken;
    this.webhooks = webhooks;
  }

  /**
   * The endpoint that a submit names.
   *
   * @throws ApiError if there is none of that name, or it is disabled, or cannot be read
   */
  UUID named(String name) {
    return found(name.strip())
        .orElseThrow(
            () ->
                ApiError.of(
                    400,
                    "unknown_webhook",
                    "There is no webhook endpoint named \""
                        + Printable.excerpt(name)
                        + "\", or it is disabled. Name another, or leave "
                        + WireHeaders.WEBHOOK
                        + " out and poll for the result.",
                    WireHeaders.WEBHOOK));
  }

  private Optional<UUID> found(String name) {
    try {
      return webhooks.flatMap(known -> known.named(name));
    } catch (WebhookProblem e) {
      throw error(e);
    }
  }

  /**
   * @param path what follows {@link #PREFIX}, empty or with a slash at its front
   * @throws ApiError if it cannot be done
   */
  void answer(String path, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    Webhooks known = webhooks.orElseThrow(() -> notFound(path));
    TokenHash token = adminToken.orElseThrow(() -> notFound(path));
    requireToken(token, request, response);
    response.setHeader(WireHeaders.REQUEST_ID, RequestIds.of(request));
    try {
      answer(known, path, request, response);
    } catch (WebhookProblem e) {
      throw error(e);
    }
  }

  private void answer(
      Webhooks known, String path, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    String[] parts = path.split("/", -1);
    String method = request.getMethod();
    boolean get = method.equals("GET") || method.equals("HEAD");
    boolean post = method.equals("POST");
    if (path.isEmpty() || path.equals("/")) {
      if (get) {
        write(response, EndpointList.of(request).read(known));
      } else if (post) {
        create(known, request, response);
      } else {
        throw wrongMethod(response, "GET, HEAD, POST");
      }
    } else if (parts.length == 2) {
      UUID id = id(parts[1], path);
      switch (method) {
        case "GET", "HEAD" -> {
          Endpoint found = known.find(id);
          write(response, json -> EndpointJson.writeFields(found, json));
        }
        case "PUT" -> replace(known, id, request, response);
        case "DELETE" -> delete(known, id, response);
        default -> throw wrongMethod(response, "GET, HEAD, PUT, DELETE");
      }
    } else if (parts.length == 3 && parts[2].equals("deliveries")) {
      requireMethod(get, response, "GET, HEAD");
      deliveries(known, id(parts[1], path), request, response);
    } else if (parts.length == 3 && parts[2].equals("rotate-secret")) {
      requireMethod(post, response, "POST");
      Endpoint rotated = known.rotateSecret(id(parts[1], path));
      write(response, json -> endpointAndSecret(json, rotated));
    } else if (parts.length == 3 && parts[2].equals("test")) {
      requireMethod(post, response, "POST");
      test(known, id(parts[1], path), request, response);
    } else if (parts.length == 4 && parts[1].equals("deliveries") && parts[3].equals("redeliver")) {
      requireMethod(post, response, "POST");
      redeliver(known, id(parts[2], path), response);
    } else {
      throw notFound(path);
    }
  }

  private static void create(
      Webhooks known, HttpServletRequest request, HttpServletResponse response) throws IOException {
    EndpointForm form = EndpointForm.read(request);
    Endpoint made = known.create(form.settings(Headers.none()));
    response.setStatus(HttpServletResponse.SC_CREATED);
    response.setHeader(WireHeaders.LOCATION, request.getContextPath() + PREFIX + '/' + made.id());
    write(response, json -> endpointAndSecret(json, made));
  }

  private static void replace(
      Webhooks known, UUID id, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    EndpointForm form = EndpointForm.read(request);
    Endpoint replaced = known.replace(id, before -> form.settings(before.headers()));
    write(response, json -> EndpointJson.writeFields(replaced, json));
  }

  private static void delete(Webhooks known, UUID id, HttpServletResponse response)
      throws IOException {
    known.delete(id);
    write(response, json -> json.writeStringField("status", "success"));
  }

  /** Holds its thread until the receiver has answered; administrators are few. */
  private static void test(
      Webhooks known, UUID id, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    JsonNode event = EndpointForm.body(request).path("event");
    if (!event.isMissingNode() && !event.isTextual()) {
      throw ApiError.of(400, INVALID, "The field `event` must be the name of an event.", "event");
    }
    Optional<Event> told =
        event.isTextual()
            ? Optional.of(EndpointForm.event(event.textValue(), "event"))
            : Optional.empty();
    TestResult result = result(known.test(id, told).toCompletableFuture());
    write(
        response,
        json -> {
          json.writeBooleanField("delivered", result.delivered());
          if (result.receiverStatusCode() != null) {
            json.writeNumberField("receiver_status_code", result.receiverStatusCode());
          }
          if (result.error() != null) {
            json.writeStringField("error", result.error());
          }
        });
  }

  private static TestResult result(CompletableFuture<TestResult> test) {
    try {
      return test.get(TEST_PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new TestResult(false, null, "This server is stopping.");
    } catch (ExecutionException | TimeoutException e) {
      return new TestResult(false, null, "The receiver could not be called.");
    }
  }

  private static void deliveries(
      Webhooks known, UUID id, HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    Page page = Page.of(request);
    History history = known.attempts(id, page.offset(), page.limit());
    write(
        response,
        json -> {
          json.writeArrayFieldStart("deliveries");
          for (Attempt each : history.attempts()) {
            EndpointJson.write(each, json);
          }
          json.writeEndArray();
          json.writeObjectFieldStart("pagination");
          json.writeNumberField("limit", page.limit());
          json.writeNumberField("offset", page.offset());
          json.writeNumberField("total_count", history.total());
          json.writeEndObject();
        });
  }

  private static void redeliver(Webhooks known, UUID attemptId, HttpServletResponse response)
      throws IOException {
    String webhookId = known.redeliver(attemptId);
    response.setStatus(HttpServletResponse.SC_ACCEPTED);
    write(
        response,
        json -> {
          json.writeStringField("status", "queued");
          json.writeStringField("webhook_id", webhookId);
        });
  }

  private static void endpointAndSecret(JsonGenerator json, Endpoint endpoint) throws IOException {
    json.writeObjectFieldStart("endpoint");
    EndpointJson.writeFields(endpoint, json);
    json.writeEndObject();
    json.writeStringField("secret", endpoint.secret());
  }

  private static void write(HttpServletResponse response, Answers.Fields fields)
      throws IOException {
    Answers.object(response, fields);
  }

  private static void requireToken(
      TokenHash token, HttpServletRequest request, HttpServletResponse response) {
    String presented = request.getHeader("Authorization");
    boolean bearer =
        presented != null && presented.regionMatches(true, 0, BEARER, 0, BEARER.length());
    if (!bearer || !token.matches(presented.substring(BEARER.length()).strip())) {
      response.setHeader("WWW-Authenticate", "Bearer");
      throw ApiError.of(
          401,
          "invalid_admin_token",
          "Webhooks are managed with the administrator's token: send it as Authorization: Bearer"
              + " <token>.");
    }
  }

  private static UUID id(String text, String path) {
    return JobIds.parse(text).orElseThrow(() -> notFound(path));
  }

  private static void requireMethod(boolean right, HttpServletResponse response, String allowed) {
    if (!right) {
      throw wrongMethod(response, allowed);
    }
  }

  private static ApiError wrongMethod(HttpServletResponse response, String allowed) {
    response.setHeader(WireHeaders.ALLOW, allowed);
    return ApiError.of(
        405, "method_not_allowed", "This method does not work here; use " + allowed + ".");
  }

  private static ApiError notFound(String path) {
    return ApiError.of(
        404, "not_found", "There is nothing at " + PREFIX + Printable.excerpt(path) + " here.");
  }

  private static ApiError error(WebhookProblem problem) {
    int status =
        switch (problem.kind()) {
          case INVALID, DISABLED, NOT_SUBSCRIBED -> 400;
          case READ_ONLY -> 403;
          case NOT_FOUND -> 404;
          case NAME_TAKEN, IN_FLIGHT -> 409;
          case UNREADABLE -> 503;
        };
    String code =
        switch (problem.kind()) {
          case INVALID -> INVALID;
          case DISABLED -> "webhook_disabled";
          case NOT_SUBSCRIBED -> "webhook_not_subscribed";
          case READ_ONLY -> "webhook_read_only";
          case NOT_FOUND -> "not_found";
          case NAME_TAKEN -> "webhook_name_taken";
          case IN_FLIGHT -> "webhook_in_flight";
          case UNREADABLE -> "webhook_unreadable";
        };
    return problem
        .field()
        .map(field -> ApiError.of(status, code, problem.message(), field))
        .orElseGet(() -> ApiError.of(status, code, problem.message()));
  }
}

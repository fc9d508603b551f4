package io.bifrostfilter.sample.engine;

import io.bifrostfilter.sample.ApiError;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.Map;

/**
 * A model of a model: answers every route of the API by itself, small, fast, and for a given seed
 * always the same. Immutable, so any number of threads may ask at once.
 */
final class Engine {
  private static final int MAX_JSON = 32 * 1024 * 1024;
  private static final String MODELS = "/models";

  /** Answers a POST. */
  private interface Route {
    Answer answer(HttpServletRequest request) throws IOException;
  }

  /** Answers a POST of JSON. */
  private interface JsonRoute {
    Answer answer(JsonBody body);
  }

  private final Map<String, Route> routes;

  Engine(TextModel text) {
    routes =
        Map.of(
            "/chat/completions", json(new ChatCompletions(text)::answer),
            "/completions", json(new Completions(text)::answer),
            "/responses", json(new Responses(text)::answer),
            "/embeddings", json(Embeddings::answer),
            "/rerank", json(Rerank::answer),
            "/audio/speech", json(Speech::answer),
            "/audio/transcriptions", Transcriptions::answer);
  }

  /** Reads the whole request and answers it; what is wrong with it is answered, not thrown. */
  Answer answer(HttpServletRequest request) throws IOException {
    try {
      return route(request);
    } catch (ApiError e) {
      return Answer.error(e, Map.of());
    }
  }

  private Answer route(HttpServletRequest request) throws IOException {
    var path = request.getPathInfo() == null ? "" : request.getPathInfo();
    var route = routes.get(path);
    if (route != null) {
      return request.getMethod().equals("POST")
          ? route.answer(request)
          : methodNotAllowed(request, "POST");
    }
    if (path.equals(MODELS) || path.startsWith(MODELS + "/")) {
      if (!request.getMethod().equals("GET")) {
        return methodNotAllowed(request, "GET");
      }
      return path.equals(MODELS) ? Models.list() : Models.one(path.substring(MODELS.length() + 1));
    }
    throw new ApiError(
        404,
        "unknown_url",
        null,
        "Unknown request URL: %s %s.".formatted(request.getMethod(), request.getRequestURI()));
  }

  private static Answer methodNotAllowed(HttpServletRequest request, String allowed) {
    var error =
        new ApiError(
            405,
            "method_not_allowed",
            null,
            "%s is not allowed here, only %s.".formatted(request.getMethod(), allowed));
    return Answer.error(error, Map.of("Allow", allowed));
  }

  private static Route json(JsonRoute route) {
    return request -> {
      var bytes = request.getInputStream().readNBytes(MAX_JSON + 1);
      if (bytes.length > MAX_JSON) {
        throw new ApiError(413, "request_too_large", null, "At most 32 MiB of JSON are taken.");
      }
      return route.answer(JsonBody.parse(bytes));
    };
  }
}

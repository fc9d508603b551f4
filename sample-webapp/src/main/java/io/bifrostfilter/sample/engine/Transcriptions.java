package io.bifrostfilter.sample.engine;

import io.bifrostfilter.sample.ApiError;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.Part;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/**
 * {@code POST /v1/audio/transcriptions}: does not listen, but says what it was given. Stateless.
 */
final class Transcriptions {
  private Transcriptions() {}

  static Answer answer(HttpServletRequest request) throws IOException {
    var type = Optional.ofNullable(request.getContentType()).orElse("");
    if (!type.toLowerCase(Locale.ROOT).startsWith("multipart/form-data")) {
      throw new ApiError(400, "invalid_multipart", null, "The body must be multipart/form-data.");
    }
    var file = required("file", part(request, "file"));
    Models.requested(text(required("model", part(request, "model"))));
    var format = part(request, "response_format");
    var said =
        "Received %s, %d bytes, %s."
            .formatted(file.getSubmittedFileName(), file.getSize(), file.getContentType());
    return switch (format.isPresent() ? text(format.get()) : "json") {
      case "json" -> Answer.json(Answer.object("text", said));
      case "text" ->
          Answer.of("text/plain; charset=utf-8", (said + "\n").getBytes(StandardCharsets.UTF_8));
      default ->
          throw ApiError.invalid("response_format", "'response_format' must be one of json, text.");
    };
  }

  private static Optional<Part> part(HttpServletRequest request, String name) throws IOException {
    try {
      return Optional.ofNullable(request.getPart(name));
    } catch (IllegalStateException e) {
      throw new ApiError(413, "request_too_large", null, "At most 64 MiB are taken.");
    } catch (ServletException | IOException | RuntimeException e) {
      // Containers differ in what they throw for a body that is no multipart after all.
      throw new ApiError(
          400, "invalid_multipart", null, "The multipart body is malformed: " + e.getMessage());
    }
  }

  private static Part required(String name, Optional<Part> part) {
    return part.filter(there -> there.getSize() > 0)
        .orElseThrow(
            () ->
                new ApiError(
                    400, "missing_required_parameter", name, "'%s' is required.".formatted(name)));
  }

  private static String text(Part part) throws IOException {
    try (var in = part.getInputStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
    }
  }
}

package io.bifrostfilter.http;

import io.bifrostfilter.job.RequestType;
import java.util.List;
import java.util.Set;

/** What a submit must look like, by its route (contract, section 6). */
final class RouteRules {

  private static final Set<RequestType> MULTIPART =
      Set.of(RequestType.TRANSCRIPTION, RequestType.IMAGE_EDIT, RequestType.IMAGE_VARIATION);

  private static final String MODEL = "model";

  private RouteRules() {}

  static boolean isMultipart(RequestType type) {
    return MULTIPART.contains(type);
  }

  /** A job is answered as a whole; there is nothing to stream to. */
  static void requireNoStream(RequestFacts facts, RequestType type) {
    if (facts.stream()) {
      throw ApiError.of(
          400,
          "stream_not_supported",
          "The field `stream` is true, but an asynchronous job cannot stream: its result is there"
              + " as a whole, or not yet. Leave `stream` out, or send the request without async.",
          "stream");
    }
    if (type == RequestType.SPEECH && facts.streamFormat().filter("sse"::equals).isPresent()) {
      throw ApiError.of(
          400,
          "stream_not_supported",
          "The field `stream_format` is \"sse\", but an asynchronous job cannot stream. Leave it"
              + " out, or set it to \"audio\".",
          "stream_format");
    }
  }

  static void requireFields(RequestFacts facts, RequestType type) {
    for (String field : required(type)) {
      if (!isThere(field, facts)) {
        throw ApiError.of(
            400,
            "missing_field",
            "The field `"
                + field
                + (field.equals(MODEL) ? "` is missing, or is not a name; " : "` is missing; ")
                + type.route()
                + " needs "
                + listed(required(type))
                + ".",
            field);
      }
    }
  }

  private static boolean isThere(String field, RequestFacts facts) {
    if (field.equals(MODEL)) {
      return facts.model().isPresent();
    }
    // A form may send several images, each under the name that PHP made usual for lists.
    return facts.fields().contains(field)
        || (field.equals("image") && facts.fields().contains("image[]"));
  }

  /** {@code `a`, `b` and `c`}. */
  private static String listed(List<String> names) {
    List<String> quoted = names.stream().map(name -> "`" + name + "`").toList();
    int last = quoted.size() - 1;
    return String.join(", ", quoted.subList(0, last)) + " and " + quoted.get(last);
  }

  private static List<String> required(RequestType type) {
    return switch (type) {
      case TEXT_COMPLETION, IMAGE_GENERATION -> List.of(MODEL, "prompt");
      case CHAT_COMPLETION -> List.of(MODEL, "messages");
      case RESPONSES, EMBEDDING, SPEECH -> List.of(MODEL, "input");
      case TRANSCRIPTION -> List.of(MODEL, "file");
      case IMAGE_EDIT, IMAGE_VARIATION -> List.of(MODEL, "image");
      case RERANK -> List.of(MODEL, "query", "documents");
      case OCR -> List.of(MODEL, "document");
    };
  }
}

package io.bifrostfilter.sample.engine;

import io.bifrostfilter.sample.ApiError;
import java.util.List;
import java.util.Map;

/**
 * The models there are: {@value #SAMPLE}, which every route knows, and {@value #FLAKY}, which is
 * always overloaded, to try fallbacks with. A provider before the name ({@code openai/…}) is
 * ignored. Stateless.
 */
final class Models {
  private static final String SAMPLE = "bifrost-sample";
  private static final String FLAKY = "bifrost-sample-flaky";
  private static final List<String> ALL = List.of(SAMPLE, FLAKY);
  // When this sample was written: any constant will do.
  private static final long CREATED = 1_767_225_600;

  private Models() {}

  static Answer list() {
    return Answer.json(
        Answer.object("object", "list", "data", ALL.stream().map(Models::describe).toList()));
  }

  static Answer one(String name) {
    return Answer.json(describe(known(name)));
  }

  /**
   * The model that a request asks for, without its provider.
   *
   * @throws ApiError 404 if there is no such model, 503 if it is the flaky one
   */
  static String requested(String name) {
    var model = known(name);
    if (model.equals(FLAKY)) {
      throw new ApiError(
          503, "overloaded", null, "The model '%s' is always overloaded.".formatted(FLAKY));
    }
    return model;
  }

  private static String known(String name) {
    var model = name.substring(name.lastIndexOf('/') + 1);
    if (!ALL.contains(model)) {
      throw new ApiError(
          404,
          "model_not_found",
          "model",
          "The model '%s' does not exist. There are: %s.".formatted(name, String.join(", ", ALL)));
    }
    return model;
  }

  private static Map<String, Object> describe(String model) {
    return Answer.object(
        "id", model, "object", "model", "created", CREATED, "owned_by", "bifrost-filter");
  }
}

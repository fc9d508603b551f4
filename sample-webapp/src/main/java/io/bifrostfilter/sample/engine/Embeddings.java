package io.bifrostfilter.sample.engine;

import static io.bifrostfilter.sample.engine.Answer.object;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Map;

/** {@code POST /v1/embeddings}. Stateless. */
final class Embeddings {
  private static final int MAX_INPUTS = 2048;

  private Embeddings() {}

  static Answer answer(JsonBody body) {
    var model = Models.requested(body.requiredText("model"));
    body.required("input");
    var inputs = body.texts("input", MAX_INPUTS);
    var base64 = body.choice("encoding_format", "float", "base64").equals("base64");
    var dimensions =
        body.integer("dimensions", 1, TextEmbedder.DEFAULT_DIMENSIONS)
            .orElse(TextEmbedder.DEFAULT_DIMENSIONS);
    var data = new ArrayList<Map<String, Object>>();
    for (var i = 0; i < inputs.size(); i++) {
      var vector = TextEmbedder.embed(inputs.get(i), dimensions);
      data.add(
          object("object", "embedding", "index", i, "embedding", base64 ? base64(vector) : vector));
    }
    var tokens = inputs.stream().mapToInt(input -> TextModel.tokens(input).size()).sum();
    return Answer.json(
        object(
            "object",
            "list",
            "data",
            data,
            "model",
            model,
            "usage",
            new Usage(tokens, 0).asInput()));
  }

  private static String base64(float[] vector) {
    var bytes = ByteBuffer.allocate(vector.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(vector);
    return Base64.getEncoder().encodeToString(bytes.array());
  }
}

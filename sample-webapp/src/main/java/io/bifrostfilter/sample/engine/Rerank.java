package io.bifrostfilter.sample.engine;

import static io.bifrostfilter.sample.engine.Answer.object;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/** {@code POST /v1/rerank}: orders documents by how close their embeddings are. Stateless. */
final class Rerank {
  private static final int MAX_DOCUMENTS = 1000;

  private Rerank() {}

  private record Scored(int index, String text, double score) {}

  static Answer answer(JsonBody body) {
    var model = Models.requested(body.requiredText("model"));
    var query = body.requiredText("query");
    var documents = documents(body.required("documents"));
    var top = body.integer("top_n", 1, Integer.MAX_VALUE).orElse(documents.size());
    var withText = body.flag("return_documents");
    var results =
        scored(query, documents).stream()
            .sorted(Comparator.comparingDouble(Scored::score).reversed())
            .limit(top)
            .map(scored -> result(scored, withText))
            .toList();
    var tokens =
        TextModel.tokens(query).size()
            + documents.stream().mapToInt(text -> TextModel.tokens(text).size()).sum();
    return Answer.json(
        object(
            "id",
            "rerank-" + UUID.randomUUID(),
            "model",
            model,
            "results",
            results,
            "usage",
            new Usage(tokens, 0).asInput()));
  }

  private static List<String> documents(JsonNode documents) {
    var texts = new ArrayList<String>();
    documents.forEach(
        document -> {
          var text = document.isObject() ? document.path("text") : document;
          if (text.isTextual()) {
            texts.add(text.textValue());
          }
        });
    if (!documents.isArray()
        || texts.isEmpty()
        || texts.size() != documents.size()
        || texts.size() > MAX_DOCUMENTS) {
      throw JsonBody.mustBe(
          "documents",
          "a list of 1 to %d strings or objects with a text".formatted(MAX_DOCUMENTS),
          documents);
    }
    return texts;
  }

  private static List<Scored> scored(String query, List<String> documents) {
    var wanted = TextEmbedder.embed(query, TextEmbedder.DEFAULT_DIMENSIONS);
    var scored = new ArrayList<Scored>();
    for (var i = 0; i < documents.size(); i++) {
      var vector = TextEmbedder.embed(documents.get(i), TextEmbedder.DEFAULT_DIMENSIONS);
      // A relevance below none is none.
      var score = Math.max(0, TextEmbedder.cosine(wanted, vector));
      scored.add(new Scored(i, documents.get(i), score));
    }
    return scored;
  }

  private static Map<String, Object> result(Scored scored, boolean withText) {
    var result = object("index", scored.index(), "relevance_score", scored.score());
    if (withText) {
      result.put("document", object("text", scored.text()));
    }
    return result;
  }
}
